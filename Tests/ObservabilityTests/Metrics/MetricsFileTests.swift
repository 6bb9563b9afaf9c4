import FoundationEssentials
import Glibc
import Observability
import Support
import Testing

@Suite struct MetricsFileTests {
    private let folder = TemporaryFolder()

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

    @Test("everybody may read it, whatever the umask, and nothing else is left")
    func mode() throws {
        let before = umask(0o077)
        defer { umask(before) }
        let file = MetricsFile(path: folder.file("m.prom"))
        try file.check()
        try file.write("first\n")
        try file.write("second\n")
        var status = stat()
        #expect(stat(file.path, &status) == 0 && status.st_mode & 0o777 == 0o644)
        #expect(try String(contentsOfFile: file.path, encoding: .utf8) == "second\n")
        #expect(names == ["m.prom"])
    }

    @Test("what an earlier process left half written is no hindrance, nor is a link followed")
    func leftover() throws {
        let file = MetricsFile(path: folder.file("m.prom"))
        #expect(symlink(folder.file("elsewhere"), file.path + ".tmp") == 0)
        try file.write("x\n")
        #expect(names == ["m.prom"])
    }

    @Test("a folder that is missing, a file in its place, a folder in the file's: each is named")
    func problems() throws {
        try "".write(toFile: folder.file("plain"), atomically: false, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: folder.file("taken.prom"), withIntermediateDirectories: false)
        for (path, said) in [
            (folder.file("none/m.prom"), "is not there"), (folder.file("plain/m.prom"), "is no folder"),
            (folder.file("taken.prom"), "is no file"),
        ] {
            let file = MetricsFile(path: path)
            #expect { try file.check() } throws: { "\($0)".contains(said) }
            #expect(throws: MetricsFile.Problem.self) { try file.write("x\n") }
        }
        #expect(Set(names) == ["plain", "taken.prom"])
    }
}
