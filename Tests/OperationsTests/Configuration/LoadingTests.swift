import Glibc
import Testing

@testable import Operations

@Suite struct LoadingTests {
    private func failure(_ read: Result<FileContent, FileFailure>) -> String? {
        do throws(ConfigurationFailure) {
            _ = try Settings.load(path: "/etc/x.json5", files: FileReader { _ in read })
            return nil
        } catch {
            return error.description
        }
    }

    private func file(_ text: String, mode: UInt32 = 0o644) -> Result<FileContent, FileFailure> {
        .success(FileContent(bytes: Array(text.utf8), mode: mode, owner: 0))
    }

    @Test func aMissingFileIsNamedWithTheRemedy() {
        #expect(
            failure(.failure(.system(ENOENT)))
                == "/etc/x.json5: cannot read the configuration: No such file or directory; write one (the least is {}, "
                + "README.md shows every key) or name another with --config FILE")
    }

    @Test(arguments: [FileFailure.system(EACCES), .notAFile, .tooLarge(than: FileReader.largest)])
    func aFileThatCannotBeReadIsNamed(reason: FileFailure) {
        #expect(failure(.failure(reason))?.contains("/etc/x.json5: cannot read the configuration: \(reason); ") == true)
    }

    @Test(arguments: [
        ("", "/etc/x.json5:1: not JSON5: nothing in it; the least is {}"),
        ("[]", "/etc/x.json5:1: expected an object { … }, found a list"),
        ("\n'x'", "/etc/x.json5:2: expected an object { … }, found a string"),
        (
            "{\n  api: {\n    burst: 1\n    timeout: '1s' }\n}",
            "/etc/x.json5:4: not JSON5: expected \",\" or \"}\", found \"t\""
        ),
    ])
    func whatIsNoConfigurationIsNamed(text: String, message: String) {
        #expect(failure(file(text)) == message)
    }

    @Test func textThatIsNotUTF8IsNamedWithItsLine() {
        let bytes = Array("{\n  // Öl\n".utf8) + [0xd6, 0x6c] + Array("\n}".utf8)
        #expect(
            failure(.success(FileContent(bytes: bytes, mode: 0o600, owner: 0)))
                == "/etc/x.json5:3: not UTF-8 text; save the file as UTF-8")
    }

    @Test func anAddressInAFileThatEveryoneCanReadIsAWarning() throws {
        let secret = "{alerts: {sinks: [{type: 'slack', url: 'https://h/hunter2'}]}}"
        func warnings(_ text: String, mode: UInt32) throws -> [String] {
            let content = file(text, mode: mode)
            return try Settings.load(path: "c", files: FileReader { _ in content }).warnings.map(\.description)
        }
        #expect(try warnings(secret, mode: 0o644).count == 1)
        #expect(try warnings(secret, mode: 0o644).first?.hasPrefix("c: everyone can read it") == true)
        #expect(try warnings(secret, mode: 0o640).isEmpty)
        #expect(try warnings("{}", mode: 0o644).isEmpty)
    }

    @Test func theRealFileSystemIsRead() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/config.json5"
            try write("{log: {level: 'debug'}}", to: path, mode: 0o640)
            #expect(try Settings.load(path: path).log.level == .debug)
            #expect(try FileReader.system.read(path).get().mode == 0o640)
            #expect(try FileReader.system.read(path).get().owner == geteuid())
            #expect(FileReader.system.read(directory) == .failure(.notAFile))
            #expect(FileReader.system.read("\(path)/below") == .failure(.system(ENOTDIR)))
            #expect(mkfifo("\(directory)/pipe", 0o600) == 0)
            #expect(FileReader.system.read("\(directory)/pipe") == .failure(.notAFile))
            try write(String(repeating: " ", count: FileReader.largest + 1), to: path, mode: 0o600)
            #expect(FileReader.system.read(path) == .failure(.tooLarge(than: FileReader.largest)))
        }
    }
}
