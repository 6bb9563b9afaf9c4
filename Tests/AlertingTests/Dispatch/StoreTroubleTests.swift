import Engine
import FoundationEssentials
import Glibc
import Reconciliation
import Support
import Testing

@testable import Alerting

/// The store's own troubles cannot be kept in the store.
@EventLoop
struct DispatcherStoreTroubleTests {
    private let locked = LedgerError(.full, "disk full")

    @Test("it is told though nothing can be read or written, once, and told to be over")
    func told() async {
        let sink = ScriptedSink("a")
        let bench = DispatcherBench([sink])
        await bench.ledger.fail(reads: locked, writes: locked)
        for _ in 0..<20 {
            bench.alerts.storeTrouble(LedgerError(.full, "disk full"))
            await bench.pass(.seconds(10))
        }
        #expect(sink.lines == ["StoreTrouble firing 1"])
        #expect(sink.attempts.first?.summary.contains("disk full") == true)
        await bench.ledger.fail()
        bench.alerts.storeRecovered()
        bench.alerts.storeRecovered()
        await bench.settle()
        #expect(sink.lines == ["StoreTrouble firing 1", "StoreTrouble resolved 1"])
        #expect(await bench.ledger.tellings.isEmpty)
        bench.alerts.storeTrouble(LedgerError(.full, "disk full"))
        await bench.pass(.seconds(30))
        #expect(sink.lines.last == "StoreTrouble firing 1")
        #expect(sink.attempts.count == 3)
    }

    @Test("rows that the table refuses are told as that, and as over, and not as a database that cannot be used")
    func rejectedRows() async {
        let sink = ScriptedSink("a")
        let bench = DispatcherBench([sink])
        bench.alerts.storeTrouble(RejectedRows(count: 1, examples: [MessageKey("KEY1")], reason: "CHECK failed").error)
        await bench.pass(.seconds(30))
        #expect(sink.attempts.first?.summary.contains("KEY1") == true)
        #expect(sink.attempts.first?.summary.contains("store.statuses") == true)
        bench.alerts.storeRecovered()
        await bench.settle()
        #expect(sink.attempts.last?.summary.hasPrefix("All rows of the message table can be") == true)
    }

    @Test("at a server nobody is sent to look at a file, also by a process that finds it in the memory")
    func server() async {
        let sink = ScriptedSink("a")
        let bench = DispatcherBench([sink], isAtServer: true)
        bench.alerts.storeTrouble(LedgerError(.unreachable, "connection refused"))
        await bench.pass(.seconds(30))
        let summary = sink.attempts.first?.summary ?? ""
        #expect(summary.contains("First: see that the server runs"), "\(summary)")
        #expect(!summary.contains("file"), "\(summary)")
        bench.alerts.storeTrouble(RejectedRows(count: 1, examples: [MessageKey("KEY1")], reason: "CHECK failed").error)
        await bench.pass(DispatcherBench.rules.repeatEvery)
        #expect(sink.attempts.last?.summary.contains("store.statuses") == true)
        var alert = Alert(identity: AlertIdentity(.storeTrouble), count: 1, detail: "gone", since: bench.time.now)
        alert.cause = .server
        #expect(StoreTroubleMemory(encoded: StoreTroubleMemory(alert, []).encoded)?.alert.cause == .server)
    }

    @Test("what is over within group_wait is not told")
    func brief() async {
        let sink = ScriptedSink("a")
        let bench = DispatcherBench([sink])
        bench.alerts.storeTrouble(LedgerError(.full, "database is locked"))
        await bench.pass(.seconds(10))
        bench.alerts.storeRecovered()
        await bench.pass(.seconds(600))
        #expect(sink.attempts.isEmpty)
    }

    @Test("recovering from nothing is nothing")
    func nothing() async {
        let sink = ScriptedSink("a")
        let bench = DispatcherBench([sink])
        bench.alerts.storeRecovered()
        await bench.pass(.seconds(600))
        #expect(sink.attempts.isEmpty)
    }

    @Test("the ledger's alerts are told beside it")
    func beside() async {
        let sink = ScriptedSink("a")
        let bench = DispatcherBench([sink])
        bench.alerts.storeTrouble(LedgerError(.full, "disk full"))
        await bench.observe(deadLetters(2))
        await bench.pass(.seconds(30))
        #expect(sink.lines.sorted() == ["DeadLetters firing 2", "StoreTrouble firing 1"])
    }
}

/// What one dispatcher tells of the store, the next one knows.
@EventLoop
final class DispatcherTroubleMemoryTests {
    private let folder = TemporaryFolder()
    private let sink = ScriptedSink("a")
    private let other = ScriptedSink("b", minimumSeverity: .critical)
    private var file: StoreTroubleFile { StoreTroubleFile(besideDatabase: folder.path + "/n.db") }
    private var isKept: Bool { file.load() != nil }

    /// A process of its own, some time after the test's beginning, that makes one pass.
    private func run(after: Duration, _ act: @EventLoop (AlertDispatcher) -> Void) async {
        let bench = DispatcherBench([sink, other], rules: DispatcherBench.rules.withoutWaiting, troubleFile: file)
        bench.time.advance(by: after)
        act(bench.alerts)
        await bench.alerts.flush()
        await bench.settle()
    }

    private func fail(after: Duration) async {
        await run(after: after) { $0.storeTrouble(LedgerError(.full, "database is locked")) }
    }

    private func work(after: Duration) async {
        await run(after: after) { $0.storeRecovered() }
    }

    @Test("trouble is told once by many processes, and its end once")
    func manyProcesses() async {
        for minute in 0..<5 { await fail(after: .seconds(60 * minute)) }
        #expect(sink.lines == ["StoreTrouble firing 1"])
        #expect(isKept)
        await work(after: .seconds(300))
        #expect(sink.lines == ["StoreTrouble firing 1", "StoreTrouble resolved 1"])
        #expect(!isKept)
        await work(after: .seconds(360))
        await fail(after: .seconds(420))
        #expect(sink.lines.dropFirst(2) == ["StoreTrouble firing 1"])
        #expect(other.attempts.isEmpty)
    }

    @Test("it is repeated after repeat_every")
    func repeated() async {
        let every = DispatcherBench.rules.repeatEvery
        await fail(after: .zero)
        await fail(after: every - .seconds(1))
        #expect(sink.lines == ["StoreTrouble firing 1"])
        await fail(after: every)
        await fail(after: every + .seconds(60))
        #expect(sink.lines == ["StoreTrouble firing 1", "StoreTrouble repeated 1"])
    }

    @Test("the end is kept until the sink takes it, and trouble before that is news")
    func end() async {
        await fail(after: .zero)
        sink.answer = .failed(detail: "no route", retryAfter: nil, permanent: false)
        await work(after: .seconds(60))
        #expect(isKept)
        sink.answer = .accepted
        await work(after: .seconds(120))
        #expect(sink.lines.suffix(2) == ["StoreTrouble resolved 1", "StoreTrouble resolved 1"])
        #expect(!isKept)
        await fail(after: .seconds(180))
        sink.answer = .failed(detail: "no route", retryAfter: nil, permanent: false)
        await work(after: .seconds(240))
        sink.answer = .accepted
        await fail(after: .seconds(300))
        #expect(sink.lines.last == "StoreTrouble firing 1")
    }

    @Test("a daemon goes on where the one before was killed")
    func killed() async {
        let first = DispatcherBench([sink], troubleFile: file)
        first.alerts.storeTrouble(LedgerError(.full, "disk full"))
        await first.pass(.seconds(30))
        let second = DispatcherBench([sink], troubleFile: file)
        second.time.advance(by: .seconds(60))
        second.alerts.storeTrouble(LedgerError(.full, "disk full"))
        await second.pass(.seconds(600), inStepsOf: .seconds(60))
        #expect(sink.lines == ["StoreTrouble firing 1"])
        for _ in 0..<3 {
            second.alerts.storeRecovered()
            await second.settle()
        }
        #expect(sink.lines == ["StoreTrouble firing 1", "StoreTrouble resolved 1"])
        #expect(!isKept)
    }

    @Test("a sink that is configured no more keeps no file")
    func goneSink() async {
        await fail(after: .zero)
        let bench = DispatcherBench([ScriptedSink("new")], troubleFile: file)
        bench.time.advance(by: .seconds(60))
        bench.alerts.storeRecovered()
        await bench.settle()
        #expect(!isKept)
        #expect(bench.sinks[0].attempts.isEmpty)
    }

    @Test("without a place for the file it is told all the same, and the log says so once a trouble")
    func noPlace() async {
        let bench = DispatcherBench(
            [sink], troubleFile: StoreTroubleFile(besideDatabase: folder.path + "/missing/n.db"))
        for trouble in 1...2 {
            for _ in 0..<3 {
                bench.alerts.storeTrouble(LedgerError(.full, "disk full"))
                await bench.pass(.seconds(60))
            }
            bench.alerts.storeRecovered()
            await bench.settle()
            #expect(sink.lines.suffix(2) == ["StoreTrouble firing 1", "StoreTrouble resolved 1"])
            #expect(bench.log.names.filter { $0 == "trouble_file.failed" }.count == trouble)
        }
        let said = bench.log.events.first { $0.name == "trouble_file.failed" }
        #expect(said?.level == .warn)
        #expect(said?.fields.first.map { "\($0.value)".contains("\(folder.path)/missing first") } == true)
    }
}

/// What outlives the process of `StoreTrouble`.
@EventLoop
struct StoreTroubleMemoryTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private var memory: StoreTroubleMemory {
        var alert = Alert(
            identity: AlertIdentity(.storeTrouble), count: 1, detail: "\"locked\"\n잠김", since: now - .seconds(60))
        alert.episode = 3
        alert.lastEventAt = now
        var refused = NotificationRecord(identity: alert.identity, sink: "b").refused(
            at: now, notBefore: now + .seconds(3600))
        refused.failures = 7
        refused.isBegun = true
        let told = NotificationRecord(identity: alert.identity, sink: "a").told(.firing, of: alert, at: now)
        return StoreTroubleMemory(alert, [refused, told])
    }

    private func read(_ text: String) -> StoreTroubleMemory? { StoreTroubleMemory(encoded: Array(text.utf8)) }

    @Test("what is written is read")
    func roundTrip() {
        #expect(StoreTroubleMemory(encoded: memory.encoded) == memory)
        var book = AlertStates([memory.alert])
        let rules = DispatcherBench.rules
        book.apply(.over(memory.alert.identity), at: now, rules: rules)
        let over = StoreTroubleMemory(Array(book.alerts.values)[0], memory.records)
        #expect(over.alert.state == .resolved)
        #expect(StoreTroubleMemory(encoded: over.encoded) == over)
    }

    @Test(
        "garbage is no memory",
        arguments: [
            "", "\0\0\0", "{}", "[]", "null", "not JSON", #"{"episode":1}"#,
            #"{"episode":"1","since":0,"lastEventAt":0,"sinks":[]}"#, String(repeating: "[", count: 60_000),
        ])
    func garbage(text: String) {
        #expect(read(text) == nil)
    }

    @Test(
        "what cannot be is no memory",
        arguments: [
            ("1800000000000", "9223372036854775807"), ("1800000000000", "-1"),
            (#""episode":3"#, #""episode":9223372036854775807"#),
            (#""failures":7"#, #""failures":9223372036854775807"#),
            (#""failures":7"#, #""failures":1e99"#), (#""sinks":["#, #""sinks":[{}"#),
        ])
    func impossible(part: String, replacement: String) {
        let text = String(decoding: memory.encoded, as: UTF8.self)
        #expect(text.contains(part))
        #expect(read(text.split(separator: part).joined(separator: replacement)) == nil)
    }
}

struct StoreTroubleFileTests {
    @Test("it is replaced as a whole, for its owner only, and keeps its room")
    func replaced() throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = StoreTroubleFile(besideDatabase: folder.path + "/n.db")
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
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(status.st_size == 8192)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["n.db.reconciler-trouble"])
        try file.clear()
        #expect(file.load() == nil)
        #expect(stat(file.path, &status) == 0)
        #expect(status.st_size == 8192)
    }

    @Test("one that cannot be replaced is overwritten within its room")
    func overwritten() throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = StoreTroubleFile(besideDatabase: folder.path + "/n.db")
        file.takeRoom()
        // A name that leaves no room for a draft's stands for a disk that leaves none for its content.
        let long = StoreTroubleFile(besideDatabase: folder.path + "/" + String(repeating: "n", count: 230))
        #expect(rename(file.path, long.path) == 0)
        try long.save(Array("a long first content".utf8))
        try long.save(Array("short".utf8))
        #expect(long.load() == Array("short".utf8))
        try long.clear()
        #expect(long.load() == nil)
        #expect(throws: AtomicFile.Failure.self) { try long.save(Array(repeating: 0x61, count: 8193)) }
        #expect(long.load() == nil)
    }

    @Test("a link to a database that is missing leads to the same file")
    func link() {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        #expect(symlink("real.db", folder.path + "/link.db") == 0)
        let file = StoreTroubleFile(besideDatabase: folder.path + "/link.db")
        #expect(file.path == folder.path + "/real.db.reconciler-trouble")
    }

    @Test("what is no file is not read, and what cannot be written is said")
    func noFile() throws {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = StoreTroubleFile(besideDatabase: folder.path + "/n.db")
        #expect(mkfifo(file.path, 0o600) == 0)
        #expect(file.load() == nil)
        let nowhere = StoreTroubleFile(besideDatabase: folder.path + "/missing/n.db")
        #expect(throws: AtomicFile.Failure.self) { try nowhere.save([1]) }
        #expect(nowhere.load() == nil)
        try nowhere.clear()
    }
}
