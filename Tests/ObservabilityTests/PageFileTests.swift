import Glibc
import Observability
import Support
import Testing

@Suite struct PageFileTests {
    private func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    @Test func aFileIsReplacedWhole() throws {
        let folder = TemporaryFolder()
        let file = PageFile(path: folder.file("page.html"))
        #expect(file.obstacle == nil)
        try file.write("one")
        try file.write("two")
        #expect(text(file.path) == "two")
        var status = stat()
        #expect(stat(file.path, &status) == 0 && status.st_mode & 0o777 == 0o644)
    }

    @Test func whatAKilledProcessLeftIsTakenAway() throws {
        let folder = TemporaryFolder()
        let file = PageFile(path: folder.file("page.html"))
        close(open("\(file.path).\(getpid()).new", O_CREAT | O_WRONLY, 0o600))
        try file.write("new")
        #expect(text(file.path) == "new")
        #expect(access("\(file.path).\(getpid()).new", F_OK) != 0)
    }

    @Test(arguments: ["none/page.html", ""])
    func whatCannotBeWrittenIsSaid(_ name: String) {
        let folder = TemporaryFolder()
        let file = PageFile(path: folder.file(name))
        #expect(file.obstacle != nil)
        #expect(throws: PageFile.Failure.self) { try file.write("x") }
    }
}
