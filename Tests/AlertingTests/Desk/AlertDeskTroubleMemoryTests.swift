import Engine
import Reconciliation
import Support
import Testing

@testable import Alerting

/// What one desk tells of the store, the next one knows.
@Loop
final class AlertDeskTroubleMemoryTests {
    private let folder = TemporaryFolder()
    private let sink = ScriptedSink("a")
    private let other = ScriptedSink("b", minimumSeverity: .critical)
    private var file: TroubleFile { TroubleFile(besideDatabase: folder.path + "/n.db") }
    private var isKept: Bool { file.load() != nil }

    /// A process of its own, some time after the test's beginning, that makes one pass.
    private func run(after: Duration, _ act: @Loop (AlertDesk) -> Void) async {
        let bench = DeskBench([sink, other], rules: DeskBench.rules.withoutWaiting, troubleFile: file)
        bench.time.advance(by: after)
        act(bench.desk)
        await bench.desk.flush()
        await bench.settle()
    }

    private func fail(after: Duration) async {
        await run(after: after) { $0.storeTrouble(detail: "database is locked") }
    }

    private func work(after: Duration) async {
        await run(after: after) { $0.storeRecovered() }
    }

    @Test func `trouble is told once by many processes, and its end once`() async {
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

    @Test func `it is repeated after repeat_every`() async {
        let every = DeskBench.rules.repeatEvery
        await fail(after: .zero)
        await fail(after: every - .seconds(1))
        #expect(sink.lines == ["StoreTrouble firing 1"])
        await fail(after: every)
        await fail(after: every + .seconds(60))
        #expect(sink.lines == ["StoreTrouble firing 1", "StoreTrouble repeated 1"])
    }

    @Test func `the end is kept until the sink takes it, and trouble before that is news`() async {
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

    @Test func `a daemon goes on where the one before was killed`() async {
        let first = DeskBench([sink], troubleFile: file)
        first.desk.storeTrouble(detail: "disk full")
        await first.pass(.seconds(30))
        let second = DeskBench([sink], troubleFile: file)
        second.time.advance(by: .seconds(60))
        second.desk.storeTrouble(detail: "disk full")
        await second.pass(.seconds(600), inStepsOf: .seconds(60))
        #expect(sink.lines == ["StoreTrouble firing 1"])
        for _ in 0..<3 {
            second.desk.storeRecovered()
            await second.settle()
        }
        #expect(sink.lines == ["StoreTrouble firing 1", "StoreTrouble resolved 1"])
        #expect(!isKept)
    }

    @Test func `a sink that is configured no more keeps no file`() async {
        await fail(after: .zero)
        let bench = DeskBench([ScriptedSink("new")], troubleFile: file)
        bench.time.advance(by: .seconds(60))
        bench.desk.storeRecovered()
        await bench.settle()
        #expect(!isKept)
        #expect(bench.sinks[0].attempts.isEmpty)
    }

    @Test func `without a place for the file it is told all the same, and the log says so once a trouble`() async {
        let bench = DeskBench([sink], troubleFile: TroubleFile(besideDatabase: folder.path + "/missing/n.db"))
        for trouble in 1...2 {
            for _ in 0..<3 {
                bench.desk.storeTrouble(detail: "disk full")
                await bench.pass(.seconds(60))
            }
            bench.desk.storeRecovered()
            await bench.settle()
            #expect(sink.lines.suffix(2) == ["StoreTrouble firing 1", "StoreTrouble resolved 1"])
            #expect(bench.log.names.filter { $0 == "trouble_file.failed" }.count == trouble)
        }
        let said = bench.log.events.first { $0.name == "trouble_file.failed" }
        #expect(said?.level == .warn)
        #expect(said?.fields.first.map { "\($0.value)".contains("\(folder.path)/missing first") } == true)
    }
}
