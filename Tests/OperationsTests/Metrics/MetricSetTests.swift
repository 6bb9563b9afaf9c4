import Engine
import Operations
import Reconciliation
import Testing

@Suite struct MetricSetTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func lines(_ change: (inout MetricSet) -> Void) -> Set<String> {
        var set = MetricSet(version: "1.2.3", startedAt: now)
        change(&set)
        return Set(set.text.split(separator: "\n").map { String($0.dropFirst("bizgo_reconciler_".count)) })
    }

    private func settlement(_ from: RowStatus, _ to: RowStatus, _ reason: DeadLetterReason? = nil) -> Settlement {
        Settlement(key: MessageKey("SECRETKEY1"), row: RowLocator(rowid: 1), from: from, to: to, reason: reason)
    }

    @Test("counters of known labels exist from the start, so that their rates do")
    func start() {
        let lines = lines { _ in }
        for expected in [
            "build_info{version=\"1.2.3\"} 1", "start_time_seconds 1800000000", "config_reload_success 1",
            "requests_total{endpoint=\"report_inquiry\",result=\"rate_limited\"} 0", "rate_limited_total 0",
            "settled_total{source=\"inquiry\",outcome=\"late\"} 0", "dead_letters_total{reason=\"unverifiable\"} 0",
            "cycles_total{result=\"store_failed\"} 0", "alerts_firing{alertname=\"AccountRefused\"} 0",
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
            $0.settled(settlement(.pending, .sent))
            $0.settled(settlement(.pending, .deadLetter, .stale))
            $0.settled(settlement(.deadLetter, .sent))
            $0.settled(settlement(.deadLetter, .deadLetter, .reported))
        }
        #expect(lines.contains("settled_total{source=\"inquiry\",outcome=\"sent\"} 1"))
        #expect(lines.contains("settled_total{source=\"inquiry\",outcome=\"dead_letter\"} 1"))
        #expect(lines.contains("settled_total{source=\"inquiry\",outcome=\"late\"} 1"))
        #expect(lines.contains("dead_letters_total{reason=\"stale\"} 1"))
        #expect(lines.contains("dead_letters_total{reason=\"reported\"} 0"))
        #expect(!lines.contains { $0.contains("SECRETKEY1") })
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
