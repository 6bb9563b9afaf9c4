import FoundationEssentials
import Support
import Testing

@testable import Alerting

@Suite struct ProgramSearchTests {
    private let folder = TemporaryFolder()

    private func make(_ path: String, mode: Int = 0o755) throws -> String {
        let file = folder.file(path)
        let parent = String(file[..<file.lastIndex(of: "/")!])
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: mode]))
        return file
    }

    @Test("a name is looked up in the folders of PATH, in their order")
    func order() throws {
        let first = try make("a/tool")
        _ = try make("b/tool")
        #expect(
            ProgramSearch.find("tool", path: "\(folder.file("none")):\(folder.file("a")):\(folder.file("b"))") == first)
        #expect(ProgramSearch.find("tool", path: folder.file("none")) == nil)
        #expect(ProgramSearch.find("", path: folder.file("a")) == nil)
    }

    @Test("what may not be run, and a folder, is passed over")
    func passedOver() throws {
        _ = try make("a/tool", mode: 0o644)
        _ = try make("b/tool/inside")
        let right = try make("c/tool")
        #expect(
            ProgramSearch.find("tool", path: "\(folder.file("a")):\(folder.file("b")):\(folder.file("c"))") == right)
    }

    @Test("a path is taken as it is, whatever PATH says")
    func path() throws {
        let tool = try make("a/tool")
        #expect(ProgramSearch.find(tool, path: nil) == tool)
        #expect(ProgramSearch.find(tool + "x", path: folder.file("a")) == nil)
        #expect(ProgramSearch.find(folder.file("a"), path: nil) == nil)
    }

    @Test("without a PATH it is the C library's, and an empty folder in it is the current one")
    func defaults() {
        #expect(ProgramSearch.find("sh", path: nil) == "/bin/sh")
        #expect(ProgramSearch.find("sh", path: "") == nil)
        #expect(ProgramSearch.find("sh", path: ":/bin") == "/bin/sh")
    }
}
