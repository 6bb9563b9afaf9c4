import Engine
import FoundationEssentials
import Glibc
import Support
import Testing

@Suite struct AtomicFileTests {
    private let folder = TemporaryFolder()

    private var file: AtomicFile { AtomicFile(path: folder.file("page.html")) }
    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    private func failure(_ act: () throws -> Void) -> String? {
        do {
            try act()
            return nil
        } catch {
            return (error as? AtomicFile.Failure)?.message
        }
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    /// From now on this thread has a mask of its own, where that is allowed: other tests make files and folders meanwhile.
    private func separateMask() {
        typealias Unshare = @convention(c) (Int32) -> Int32
        guard let symbol = dlsym(nil, "unshare") else { preconditionFailure("no unshare") }
        let cloneFS: Int32 = 0x200
        _ = unsafeBitCast(symbol, to: Unshare.self)(cloneFS)
    }

    @Test("a pipe or a device does not make way for a file")
    func noFile() {
        #expect(mkfifo(file.path, 0o600) == 0)
        #expect(failure { try file.write("new") } == "\(file.path) is there and is no file: name another")
        var status = stat()
        #expect(stat(file.path, &status) == 0)
        #expect(status.st_mode & S_IFMT == S_IFIFO)
        #expect(names == ["page.html"])
    }

    @Test("it is replaced, not written into; everybody may read it whatever the umask, or its owner alone")
    func replaced() throws {
        separateMask()
        let before = umask(0o077)
        defer { umask(before) }
        try file.check()
        try file.write("a long first state")
        let reader = open(file.path, O_RDONLY)
        defer { close(reader) }
        try file.write("second")
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(reader, &bytes, bytes.count)
        #expect(String(decoding: bytes[..<count], as: UTF8.self) == "a long first state")
        #expect(try text(file.path) == "second")
        #expect(mode(file.path) == 0o644)
        #expect(names == ["page.html"])
        try AtomicFile(path: file.path, isPrivate: true).write("third")
        #expect(mode(file.path) == 0o600)
    }

    @Test("a symbolic link stays one: what it leads to is replaced, beside itself")
    func links() throws {
        let real = folder.file("real")
        try FileManager.default.createDirectory(atPath: real, withIntermediateDirectories: false)
        try "old".write(toFile: real + "/page", atomically: false, encoding: .utf8)
        #expect(symlink("real/page", folder.file("second")) == 0)
        #expect(symlink(folder.file("second"), file.path) == 0)
        let abandoned = real + "/page.0000000000000000.tmp"
        #expect(close(creat(abandoned, 0o600)) == 0)
        try file.check()
        try file.write("new")
        #expect(try text(real + "/page") == "new")
        #expect(try text(file.path) == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: file.path) == folder.file("second"))
        #expect(Set(names) == ["page.html", "second", "real"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: real) == ["page"])
    }

    @Test("a link to nothing, to itself or to a pipe is told and left; a private file takes its place")
    func badLinks() throws {
        let nowhere = folder.file("none")
        #expect(symlink(nowhere, file.path) == 0)
        let message = "\(file.path) is a symbolic link to \(nowhere), where no file is: make one there, or name another"
        #expect(failure { try file.check() } == message)
        #expect(failure { try file.write("x") } == message)
        let circle = AtomicFile(path: folder.file("circle"))
        #expect(symlink("circle", circle.path) == 0)
        #expect(failure { try circle.write("x") }?.contains("where no file is") == true)
        let pipe = AtomicFile(path: folder.file("to-pipe"))
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        #expect(symlink("pipe", pipe.path) == 0)
        #expect(failure { try pipe.write("x") } == "\(pipe.path) is there and is no file: name another")
        #expect(Set(names) == ["page.html", "circle", "to-pipe", "pipe"])
        try AtomicFile(path: file.path, isPrivate: true).write("mine")
        #expect(throws: (any Error).self) { try FileManager.default.destinationOfSymbolicLink(atPath: file.path) }
        #expect(access(nowhere, F_OK) != 0)
    }

    @Test("another user's link leads nowhere", .enabled(if: geteuid() == 0, "only root can make one"))
    func foreignLink() throws {
        try "kept".write(toFile: folder.file("database"), atomically: false, encoding: .utf8)
        #expect(symlink("database", file.path) == 0)
        #expect(lchown(file.path, 65_534, 65_534) == 0)
        let message = try #require(failure { try file.write("x") })
        #expect(message.contains("another user's (65534), which is not followed: name the file itself"))
        #expect(failure { try file.check() } == message)
        #expect(try text(folder.file("database")) == "kept")
        #expect(lchown(file.path, 0, 0) == 0)
        try file.write("root's own")
        #expect(try text(folder.file("database")) == "root's own")
    }

    @Test("what killed processes left is taken away; what somebody is writing, or is another's, is not")
    func leftovers() throws {
        let drafts = (0..<3).map { folder.file("page.html.000000000000000\($0).tmp") }
        let others = ["page.html.backup.tmp", "other.html.0000000000000000.tmp", "page.html.tmp"]
        for path in drafts + others.map(folder.file) { #expect(close(creat(path, 0o600)) == 0) }
        let writer = open(drafts[1], O_WRONLY)
        defer { close(writer) }
        #expect(flock(writer, LOCK_EX | LOCK_NB) == 0)
        try file.write("new")
        #expect(Set(names) == Set(others + ["page.html", "page.html.0000000000000001.tmp"]))
    }

    @Test("many that write the same file at once all succeed, and nobody reads a part of a state")
    func together() async throws {
        let file = file
        let states = (0..<8).map { String(repeating: "\($0)", count: 100_000) }
        try file.write(states[0])
        await withTaskGroup { group in
            for state in states {
                group.addTask {
                    for _ in 0..<25 {
                        #expect(throws: Never.self) { try file.write(state) }
                        let seen = try? String(contentsOfFile: file.path, encoding: .utf8)
                        #expect(seen.map(states.contains) == true)
                    }
                }
            }
        }
        #expect(names == ["page.html"])
    }

    @Test("a folder that is missing, a file in its place, a folder in the file's: each is named, and nothing is left")
    func problems() throws {
        try "".write(toFile: folder.file("plain"), atomically: false, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: folder.file("taken"), withIntermediateDirectories: false)
        for (path, said) in [
            (folder.file("none/page.html"), "make the folder \(folder.path)/none first"),
            (folder.file("plain/page.html"), "name a file in a folder"),
            (folder.file("taken"), "name a"), (folder.path + "/", "name a"),
        ] {
            let file = AtomicFile(path: path)
            let checked = failure { try file.check() }
            let written = failure { try file.write("x") }
            for message in [checked, written] {
                #expect(message?.contains(said) == true, "\(path)")
                #expect(message?.contains("\n") == false, "\(path)")
            }
        }
        #expect(Set(names) == ["plain", "taken"])
    }
}
