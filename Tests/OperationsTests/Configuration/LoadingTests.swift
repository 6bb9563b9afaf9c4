import Engine
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

    @Test("a missing file is named with the remedy") func aMissingFileIsNamedWithTheRemedy() {
        #expect(
            failure(.failure(.system(ENOENT)))
                == "/etc/x.json5: cannot read the configuration: No such file or directory; write one (the least is {}, "
                + "README.md shows every key) or name another with --config FILE")
    }

    @Test(
        "a file that cannot be read is named",
        arguments: [FileFailure.system(EACCES), .notAFile, .tooLarge(than: FileReader.largest)])
    func aFileThatCannotBeReadIsNamed(reason: FileFailure) {
        #expect(failure(.failure(reason))?.contains("/etc/x.json5: cannot read the configuration: \(reason); ") == true)
    }

    @Test(
        "what is no configuration is named",
        arguments: [
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

    @Test("text that is not UTF-8 is named with its line") func textThatIsNotUTF8IsNamedWithItsLine() {
        let bytes = Array("{\n  // Öl\n".utf8) + [0xd6, 0x6c] + Array("\n}".utf8)
        #expect(
            failure(.success(FileContent(bytes: bytes, mode: 0o600, owner: 0)))
                == "/etc/x.json5:3: not UTF-8 text; save the file as UTF-8")
    }

    @Test("an address in a file that everyone can read is a warning")
    func anAddressInAFileThatEveryoneCanReadIsAWarning() throws {
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

    @Test("the real file system is read") func theRealFileSystemIsRead() throws {
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

/// Settings of a text, for tests that expect them.
func settings(_ text: String) throws -> Settings {
    try Settings.parse(Array(text.utf8), file: "config.json5")
}

/// Everything wrong with a text, rendered, in order; empty when nothing is.
func problems(_ text: String) -> [String] {
    do throws(ConfigurationFailure) {
        _ = try Settings.parse(Array(text.utf8), file: "config.json5")
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

struct TestFileError: Error {
    var code: Int32
}

/// A new directory, removed with the files in it afterwards.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/configuration-tests-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestFileError(code: errno) }
    let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    defer {
        if let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { unlink("\(path)/\(name)") }
            }
            closedir(stream)
        }
        rmdir(path)
    }
    try body(path)
}

func write(_ text: String, to path: String, mode: mode_t) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw TestFileError(code: errno) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fchmod(descriptor, mode) == 0 else {
        throw TestFileError(code: errno)
    }
}
