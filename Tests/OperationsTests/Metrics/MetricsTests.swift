import Engine
import FoundationEssentials
import Reconciliation
import Support
import Testing

@testable import Operations

/// The keeper of the metrics, with a scripted store, virtual time and a real file.
@EventLoop
@Suite(.serialized) struct MetricsTests {
    private let folder = TemporaryFolder()
    private let time = VirtualTime()
    private let log = RecordingLog()
    private let census = ScriptedTableCounts()
    private let metrics: Metrics

    init() {
        metrics = Metrics(version: "1.0", time: time, log: log)
    }

    private var path: String { folder.file("m.prom") }

    private func adopt(file: String? = nil) {
        metrics.adopt(file: AtomicFile(path: file ?? path), census: census, sinks: ["log"])
    }

    private func has(_ line: String) throws -> Bool {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").contains("bizgo_reconciler_\(line)")
    }

    private func cycle(after pause: Duration = .seconds(60)) async {
        time.advance(by: pause)
        metrics.cycleEnded(.ok, took: .seconds(1))
        await metrics.finish()
    }

    @Test("what messages were found to be is counted from nought on, by kind")
    func verified() async throws {
        adopt()
        await cycle()
        for result in VerificationOutcome.allCases {
            #expect(try has("verified_total{result=\"\(result.rawValue)\"} 0"))
        }
        metrics.verified(.falseSent, count: 3)
        metrics.verified(.agrees, count: 997)
        metrics.verified(.falseSent, count: 2)
        await cycle()
        #expect(try has("verified_total{result=\"false_sent\"} 5"))
        #expect(try has("verified_total{result=\"agrees\"} 997"))
        #expect(try has("verified_total{result=\"healed\"} 0"))
    }

    @Test("after a cycle the file says how the store stands")
    func standing() async throws {
        adopt()
        await census.scripted(QuickCounts(pending: 7, oldestAcceptedAt: time.now, databaseBytes: 8192), parts: 1)
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
        let standing = QuickCounts(pending: 0, oldestAcceptedAt: nil, databaseBytes: 1)
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
        await census.scripted(QuickCounts(pending: nil, oldestAcceptedAt: nil, databaseBytes: 1), parts: 3)
        await cycle()
        #expect(try has("messages{status=\"pending\"} 6"))
        #expect(try has("messages{status=\"sent\"} 30"))
    }

    @Test("a store that cannot be read leaves what was known, and the cycle is told all the same")
    func unreadable() async throws {
        adopt()
        await census.scripted(QuickCounts(pending: 7, oldestAcceptedAt: nil, databaseBytes: 1), parts: 1)
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

    @Test("who leaves the work to another instance leaves no file, which would only grow old")
    func leaves() async throws {
        adopt()
        await cycle()
        metrics.leave()
        #expect(!FileManager.default.fileExists(atPath: path))
        await cycle()
        #expect(!FileManager.default.fileExists(atPath: path))
        adopt()
        #expect(try has("config_reload_success 1"))
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
private actor ScriptedTableCounts: TableCounts {
    private(set) var walks = 0
    private var answer: QuickCounts?
    private var parts = 1

    func scripted(_ standing: QuickCounts, parts: Int) {
        answer = standing
        self.parts = parts
    }

    func fails() { answer = nil }

    func standing() async throws(LedgerError) -> QuickCounts {
        guard let answer else { throw LedgerError(.busy, "locked") }
        return answer
    }

    func count(past row: RowLocator?) async throws(LedgerError) -> TablePart {
        if row == nil { walks += 1 }
        let next = (row?.number ?? 0) + 1
        return TablePart(rows: [.sent: 10, .pending: 2], last: next < parts ? RowLocator(next) : nil)
    }
}

@Suite struct MetricSetTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func lines(_ change: (inout MetricSet) -> Void) -> Set<String> {
        var set = MetricSet(version: "1.2.3", startedAt: now)
        change(&set)
        return Set(set.text.split(separator: "\n").map { String($0.dropFirst("bizgo_reconciler_".count)) })
    }

    private func settlement(_ from: RowStatus, _ to: RowStatus, _ reason: DeadLetterReason? = nil) -> Settlement {
        Settlement(key: MessageKey("SECRETKEY1"), row: RowLocator(1), from: from, to: to, reason: reason)
    }

    @Test("counters of known labels exist from the start, so that their rates do")
    func start() {
        let lines = lines { _ in }
        for expected in [
            "build_info{version=\"1.2.3\"} 1", "start_time_seconds 1800000000", "config_reload_success 1",
            "requests_total{endpoint=\"report_inquiry\",result=\"rate_limited\"} 0", "rate_limited_total 0",
            "settled_total{source=\"inquiry\",outcome=\"late\"} 0", "dead_letters_total{reason=\"unverifiable\"} 0",
            "cycles_total{result=\"store_failed\"} 0", "failures_total{class=\"unknown\"} 0",
            "report_delay_seconds_count 0", "alerts_firing{alertname=\"AccountRefused\"} 0",
            "request_duration_seconds_count{endpoint=\"history\"} 0", "cycle_duration_seconds_count 0",
        ] { #expect(lines.contains(expected), "\(expected)") }
    }

    @Test("what is not known yet is not shown as 0")
    func unknown() {
        let lines = lines { _ in }
        for name in ["messages", "oldest_pending", "last_cycle", "database"] {
            #expect(!lines.contains { $0.hasPrefix(name) })
        }
    }

    @Test("settlements count by what the message became, and name no message")
    func settlements() {
        let lines = lines {
            $0.settled(settlement(.pending, .sent), at: now)
            $0.settled(settlement(.pending, .deadLetter, .stale), at: now)
            $0.settled(settlement(.deadLetter, .sent), at: now)
            $0.settled(settlement(.deadLetter, .deadLetter, .reported), at: now)
        }
        #expect(lines.contains("settled_total{source=\"inquiry\",outcome=\"sent\"} 1"))
        #expect(lines.contains("settled_total{source=\"inquiry\",outcome=\"dead_letter\"} 1"))
        #expect(lines.contains("settled_total{source=\"inquiry\",outcome=\"late\"} 1"))
        #expect(lines.contains("dead_letters_total{reason=\"stale\"} 1"))
        #expect(lines.contains("dead_letters_total{reason=\"reported\"} 0"))
        #expect(!lines.contains { $0.contains("SECRETKEY1") })
    }

    @Test("failures count by the class of their code, and reports by how long they took")
    func failuresAndDelays() {
        var failed = settlement(.pending, .deadLetter, .reported)
        failed.code = ReportCode("64008")
        failed.acceptedAt = now - .seconds(700)
        failed.reportedAt = now - .seconds(580)
        var wrong = settlement(.pending, .sent)
        wrong.acceptedAt = now
        wrong.reportedAt = now + .seconds(3600)
        let lines = lines {
            $0.settled(failed, at: now)
            $0.settled(wrong, at: now)
            $0.settled(settlement(.pending, .deadLetter, .stale), at: now)
        }
        #expect(lines.contains("failures_total{class=\"account\"} 1"))
        #expect(lines.contains("failures_total{class=\"recipient\"} 0"))
        #expect(!lines.contains { $0.hasPrefix("failures_total{class=\"delivered\"}") })
        #expect(lines.contains("report_delay_seconds_bucket{le=\"60\"} 0"))
        #expect(lines.contains("report_delay_seconds_bucket{le=\"120\"} 1"))
        #expect(lines.contains("report_delay_seconds_sum 120"))
        #expect(lines.contains("report_delay_seconds_count 1"))
    }

    @Test("429 counts twice: as a result, and by itself")
    func rateLimited() {
        let lines = lines { $0.requested(.polling, .rateLimited, took: .milliseconds(20)) }
        #expect(lines.contains("requests_total{endpoint=\"polling\",result=\"rate_limited\"} 1"))
        #expect(lines.contains("rate_limited_total 1"))
        #expect(lines.contains("request_duration_seconds_bucket{endpoint=\"polling\",le=\"0.025\"} 1"))
    }

    @Test("an alert that has ended goes back to 0")
    func firing() {
        let lines = lines {
            $0.firing([.accountRefused: 2])
            $0.firing([.backlog: 1])
        }
        #expect(lines.contains("alerts_firing{alertname=\"AccountRefused\"} 0"))
        #expect(lines.contains("alerts_firing{alertname=\"Backlog\"} 1"))
    }

    @Test("an age is never negative, and 0 where nothing is pending")
    func age() {
        for acceptedAt in [nil, now + .seconds(60)] {
            #expect(
                lines { $0.oldestPending(acceptedAt: acceptedAt, at: now) }.contains("oldest_pending_age_seconds 0"))
        }
        let lines = lines { $0.oldestPending(acceptedAt: now - .milliseconds(1500), at: now) }
        #expect(lines.contains("oldest_pending_age_seconds 1.5"))
    }
}

/// The text format, by its specification.
@Suite struct MetricTextTests {
    private func text(_ write: (inout MetricText) -> Void) -> String {
        var text = MetricText()
        write(&text)
        return text.text
    }

    @Test("labels are escaped and come in a stable order")
    func labels() {
        var metric = SimpleMetric(.counter, "x_total", labels: ["a", "b"], help: "one\\two\nthree \"four\"")
        metric.add(2, "z", "quote\" slash\\ line\n한글")
        metric.begin("a", "b")
        metric.add(0.5, "z", "quote\" slash\\ line\n한글")
        #expect(
            text(metric.write) == """
                # HELP x_total one\\\\two\\nthree "four"
                # TYPE x_total counter
                x_total{a="a",b="b"} 0
                x_total{a="z",b="quote\\" slash\\\\ line\\n한글"} 2.5

                """)
    }

    @Test("beginning a series that has a value leaves the value")
    func begin() {
        var metric = SimpleMetric(.counter, "x_total", help: "x")
        metric.add(3)
        metric.begin()
        #expect(metric[] == 3)
    }

    @Test("a metric without a value is left out")
    func empty() {
        #expect(text(SimpleMetric(.gauge, "x", help: "x").write) == "")
    }

    @Test("buckets are cumulative, a bound belongs to its bucket, and the last one holds all")
    func histogram() {
        var metric = HistogramMetric("t_seconds", labels: ["e"], bounds: [0.1, 1], help: "t")
        for milliseconds in [50, 100, 500, 2000] { metric.observe(.milliseconds(milliseconds), "a") }
        #expect(
            text(metric.write) == """
                # HELP t_seconds t
                # TYPE t_seconds histogram
                t_seconds_bucket{e="a",le="0.1"} 2
                t_seconds_bucket{e="a",le="1"} 3
                t_seconds_bucket{e="a",le="+Inf"} 4
                t_seconds_sum{e="a"} 2.65
                t_seconds_count{e="a"} 4

                """)
    }

    @Test(
        "numbers are written without an exponent where they are whole",
        arguments: [(0, "0"), (1_800_000_000.25, "1800000000.25"), (1e15, "1000000000000000"), (-1, "-1")])
    func numbers(value: Double, written: String) {
        #expect(MetricText.number(value) == written)
    }
}
