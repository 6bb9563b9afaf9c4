import Engine
import FoundationEssentials
import Operations
import Reconciliation
import Support
import Testing

/// The keeper of the metrics, with a scripted store, virtual time and a real file.
@Loop
@Suite(.serialized) struct MetricsTests {
    private let folder = TemporaryFolder()
    private let time = VirtualTime()
    private let log = RecordingLog()
    private let census = ScriptedCensus()
    private let metrics: Metrics

    init() {
        metrics = Metrics(version: "1.0", time: time, log: log)
    }

    private var path: String { folder.file("m.prom") }

    private func adopt(file: String? = nil) {
        metrics.adopt(file: ReplacedFile(path: file ?? path), census: census, sinks: ["log"])
    }

    private func has(_ line: String) throws -> Bool {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").contains("bizgo_reconciler_\(line)")
    }

    private func cycle(after pause: Duration = .seconds(60)) async {
        time.advance(by: pause)
        metrics.cycleEnded(.ok, took: .seconds(1))
        await metrics.finish()
    }

    @Test("after a cycle the file says how the store stands")
    func standing() async throws {
        adopt()
        await census.scripted(LedgerStanding(pending: 7, oldestAcceptedAt: time.now, databaseBytes: 8192), parts: 1)
        await cycle()
        #expect(try has("messages{status=\"pending\"} 7"))
        #expect(try has("messages{status=\"sent\"} 10"))
        #expect(try has("oldest_pending_age_seconds 60"))
        #expect(try has("database_size_bytes 8192"))
        #expect(try has("last_cycle_success 1"))
        #expect(try has("alert_deliveries_total{sink=\"log\",result=\"failed\"} 0"))
    }

    @Test("a table of one step is counted after every cycle, a larger one every ten minutes")
    func recounts() async {
        adopt()
        let standing = LedgerStanding(pending: 0, oldestAcceptedAt: nil, databaseBytes: 1)
        await census.scripted(standing, parts: 1)
        for _ in 0..<5 { await cycle() }
        #expect(await census.walks == 5)
        await census.scripted(standing, parts: 3)
        for _ in 0..<15 { await cycle() }
        #expect(await census.walks == 7)
    }

    @Test("where no index finds pending rows they come from the count")
    func unindexed() async throws {
        adopt()
        await census.scripted(LedgerStanding(pending: nil, oldestAcceptedAt: nil, databaseBytes: 1), parts: 3)
        await cycle()
        #expect(try has("messages{status=\"pending\"} 6"))
        #expect(try has("messages{status=\"sent\"} 30"))
    }

    @Test("a store that cannot be read leaves what was known, and the cycle is told all the same")
    func unreadable() async throws {
        adopt()
        await census.scripted(LedgerStanding(pending: 7, oldestAcceptedAt: nil, databaseBytes: 1), parts: 1)
        await cycle()
        await census.fails()
        await cycle()
        #expect(try has("messages{status=\"pending\"} 7"))
        #expect(try has("cycles_total{result=\"ok\"} 2"))
    }

    @Test("a folder that goes away is one line in the log, and another when it is back")
    func folderGone() async throws {
        adopt()
        let gone = folder.file("gone")
        adopt(file: gone + "/m.prom")
        for _ in 0..<3 { await cycle() }
        #expect(log.names == ["metrics.failed"])
        try FileManager.default.createDirectory(atPath: gone, withIntermediateDirectories: false)
        await cycle()
        #expect(log.names == ["metrics.failed", "metrics.recovered"])
    }

    @Test("a reload that fails shows at once, and so does one that is taken")
    func reloads() async throws {
        adopt()
        #expect(try has("config_reload_success 1"))
        metrics.reloaded(isTaken: false)
        #expect(try has("config_reload_success 0"))
        metrics.delivered(to: "log", isAccepted: true)
        metrics.reloaded(isTaken: true)
        #expect(try has("config_reload_success 1"))
    }
}

/// A table of so many parts of 10 sent and 2 pending rows.
private actor ScriptedCensus: Census {
    private(set) var walks = 0
    private var answer: LedgerStanding?
    private var parts = 1

    func scripted(_ standing: LedgerStanding, parts: Int) {
        answer = standing
        self.parts = parts
    }

    func fails() { answer = nil }

    func standing() async throws(LedgerError) -> LedgerStanding {
        guard let answer else { throw LedgerError(.busy, "locked") }
        return answer
    }

    func count(past row: Int64?) async throws(LedgerError) -> TablePart {
        if row == nil { walks += 1 }
        let next = (row ?? 0) + 1
        return TablePart(rows: [.sent: 10, .pending: 2], last: next < parts ? next : nil)
    }
}
