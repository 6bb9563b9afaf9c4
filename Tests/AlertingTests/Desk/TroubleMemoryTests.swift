import Engine
import FoundationEssentials
import Glibc
import Reconciliation
import Support
import Testing

@testable import Alerting

/// What outlives the process of `StoreTrouble`.
@Loop
struct TroubleMemoryTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private var memory: TroubleMemory {
        var alert = Alert(
            identity: AlertIdentity(.storeTrouble), count: 1, detail: "\"locked\"\n잠김", since: now - .seconds(60))
        alert.episode = 3
        alert.lastEventAt = now
        var refused = Telling(identity: alert.identity, sink: "b").refused(
            at: now, notBefore: now + .seconds(3600))
        refused.failures = 7
        refused.isBegun = true
        let told = Telling(identity: alert.identity, sink: "a").told(.firing, of: alert, at: now)
        return TroubleMemory(alert, [refused, told])
    }

    private func read(_ text: String) -> TroubleMemory? { TroubleMemory(encoded: Array(text.utf8)) }

    @Test func `what is written is read`() {
        #expect(TroubleMemory(encoded: memory.encoded) == memory)
        var book = AlertBook([memory.alert])
        let rules = DeskBench.rules
        book.apply(.over(memory.alert.identity), at: now, rules: rules)
        let over = TroubleMemory(Array(book.alerts.values)[0], memory.tellings)
        #expect(over.alert.state == .resolved)
        #expect(TroubleMemory(encoded: over.encoded) == over)
    }

    @Test(arguments: [
        "", "\0\0\0", "{}", "[]", "null", "not JSON", #"{"episode":1}"#,
        #"{"episode":"1","since":0,"lastEventAt":0,"sinks":[]}"#, String(repeating: "[", count: 60_000),
    ])
    func `garbage is no memory`(text: String) {
        #expect(read(text) == nil)
    }

    @Test(arguments: [
        ("1800000000000", "9223372036854775807"), ("1800000000000", "-1"),
        (#""episode":3"#, #""episode":9223372036854775807"#), (#""failures":7"#, #""failures":9223372036854775807"#),
        (#""failures":7"#, #""failures":1e99"#), (#""sinks":["#, #""sinks":[{}"#),
    ])
    func `what cannot be is no memory`(part: String, replacement: String) {
        let text = String(decoding: memory.encoded, as: UTF8.self)
        #expect(text.contains(part))
        #expect(read(text.split(separator: part).joined(separator: replacement)) == nil)
    }
}

struct TroubleFileTests {
    @Test func `it is replaced as a whole, for its owner only, and keeps its room`() throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = TroubleFile(besideDatabase: folder.path + "/n.db")
        #expect(file.path == folder.path + "/n.db.reconciler-trouble")
        #expect(file.load() == nil)
        try file.clear()
        #expect(access(file.path, F_OK) != 0)
        for text in ["a long first content", "short"] {
            try file.save(Array(text.utf8))
            #expect(file.load() == Array(text.utf8))
        }
        var status = stat()
        #expect(stat(file.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600 && status.st_size == 8192)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["n.db.reconciler-trouble"])
        try file.clear()
        #expect(file.load() == nil)
        #expect(stat(file.path, &status) == 0 && status.st_size == 8192)
    }

    @Test func `one that cannot be replaced is overwritten within its room`() throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = TroubleFile(besideDatabase: folder.path + "/n.db")
        file.takeRoom()
        // A name that leaves no room for a draft's stands for a disk that leaves none for its content.
        let long = TroubleFile(besideDatabase: folder.path + "/" + String(repeating: "n", count: 230))
        #expect(rename(file.path, long.path) == 0)
        try long.save(Array("a long first content".utf8))
        try long.save(Array("short".utf8))
        #expect(long.load() == Array("short".utf8))
        try long.clear()
        #expect(long.load() == nil)
        #expect(throws: ReplacedFile.Failure.self) { try long.save(Array(repeating: 0x61, count: 8193)) }
        #expect(long.load() == nil)
    }

    @Test func `a link to a database that is missing leads to the same file`() {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        #expect(symlink("real.db", folder.path + "/link.db") == 0)
        let file = TroubleFile(besideDatabase: folder.path + "/link.db")
        #expect(file.path == folder.path + "/real.db.reconciler-trouble")
    }

    @Test func `what is no file is not read, and what cannot be written is said`() throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = TroubleFile(besideDatabase: folder.path + "/n.db")
        #expect(mkfifo(file.path, 0o600) == 0)
        #expect(file.load() == nil)
        let nowhere = TroubleFile(besideDatabase: folder.path + "/missing/n.db")
        #expect(throws: ReplacedFile.Failure.self) { try nowhere.save([1]) }
        #expect(nowhere.load() == nil)
        try nowhere.clear()
    }
}
