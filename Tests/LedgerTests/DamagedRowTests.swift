import Engine
import Reconciliation
import Testing

@testable import Ledger

/// Numbers of the reconciler's own that cannot be: a row that somebody has damaged, or a page of the disk, must not end the
/// daemon again and again.
@Suite struct DamagedRowTests {
    private static let values = [
        "9223372036854775807", "-9223372036854775808", "-1", "'soon'", "x'ff'", "1e300", "-1e300", "0",
    ]

    /// With a row in each of the reconciler's tables.
    private func fixture() async throws -> Fixture {
        let fixture = Fixture {
            $0.sinks = [LedgerConfiguration.Sink(name: "log")]
            $0.findsByKey = true
        }
        fixture.addPending(1...6, age: .days(4))
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        _ = try await ledger.commit(
            due.map { message in
                switch message.key.text {
                case "m1": message.delivered()
                case "m2": message.failed("64008")
                case "m3": message.open()
                default: Decision(message, .wait(until: now, Tracking(answers: 1, firstSeenAt: now - .hours(1))))
                }
            }, at: now)
        for key in ["m4", "stranger"] {
            let entry = ReportEntry(key: MessageKey(key), code: ReportCode("64016"), reportedAt: now)
            let kept = ParkedReports([entry], isMatched: key == "m4", receivedAt: now, tries: 1, tryAt: now)
            _ = try await ledger.apply([ReportDecision(entry.key, nil, kept: kept, read: nil)], at: now)
        }
        try await ledger.keep(ClockAllowance(more: .seconds(60), before: now))
        try await ledger.finish(cycle, at: now)
        try await ledger.keep(
            VerificationSchedule.Progress(beganAt: now, lookedAt: now, verifiedUntil: now - .hours(8)))
        try await ledger.keep(lastListedDeadLetter: 1)
        try await ledger.keep(deliveries, observing: [deliveries.observation], at: now)
        let differences = Difference.Kind.allCases.map {
            Difference($0, MessageKey("m1"), rowStatus: .sent, code: ReportCode("64008"), acceptedAt: now)
        }
        _ = try await ledger.note(differences, at: now)
        _ = try await ledger.begin(.verify(now - .days(1)..<now), at: now)
        let alerts = try await ledger.alerts(at: now)
        let telling = try #require(alerts.tellings.first)
        try await ledger.record(telling.told(.firing, of: alerts.alerts[0], at: now))
        await ledger.close()
        return fixture
    }

    /// Two days of an account half of whose messages fail.
    private var deliveries: DeliveryHistory {
        var history = DeliveryHistory()
        for hour in 0..<48 {
            let time = now + .hours(Int64(hour))
            let counts = DailyStatistics.Counts(total: 100 * hour, succeeded: 50 * hour, failed: 50 * hour)
            history.note([DailyStatistics(day: KoreanDay(time), received: counts, reported: counts)], at: time)
        }
        return history
    }

    private let cycle = CycleRecord(
        startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now))

    /// All that a daemon and the commands do with what is there. What cannot be done is an error, which is told.
    private func use(_ fixture: Fixture) async throws {
        let ledger = try fixture.open()
        let keys = ["m1", "m2", "m3", "m4", "m5", "stranger"].map { MessageKey($0) }
        for time in [now, now + .days(1)] {
            let due = try await ledger.walk(at: time, limit: 3)
            _ = try await ledger.survey(at: time, with: due)
            _ = try await ledger.commit(due.map { $0.open(at: time) }, at: time)
            for known in try await ledger.known(keys, at: time) {
                _ = try await ledger.commit([known.message.failed("64008", at: time)], at: time)
            }
            for reported in try await ledger.reported(keys) {
                guard let message = reported.message else { continue }
                var random = SystemRandomNumberGenerator()
                let kept = reported.kept?.triedInVain(at: time, random: &random)
                let decision = ReportDecision(message.key, message.open(at: time), kept: kept, read: reported.kept)
                _ = try await ledger.apply([decision], at: time)
            }
            _ = try await ledger.reportsToRetry(at: time, limit: 10)
            try await ledger.retryRefused(all: true, at: time)
            _ = try await ledger.refusals()
            try await ledger.observe(
                [.occurred(.deadLetters, AlertOccurrence(count: 1, tally: ["64008": 1]))], at: time)
            for alert in try await ledger.alerts(at: time).alerts {
                _ = try await ledger.acknowledge(alert.identity.name, labels: alert.identity.labels, at: time)
            }
            _ = try await ledger.pendingOutline(countingUpTo: 10)
            _ = try await ledger.settledShare(since: time - .days(2), until: time)
            _ = try await ledger.outcomes(since: time - .days(2), until: time)
            _ = try await ledger.reportDelays(since: time - .days(2), until: time).quantile(0.5)
            _ = try await ledger.figures(at: time)
            _ = try await ledger.overview(at: time)
            _ = try await ledger.providerHealth()
            if let allowance = try await ledger.clockAllowance() { _ = now + allowance.more }
            for key in keys {
                for entry in try await ledger.message(key)?.timeline ?? [] { _ = entry.at.iso8601() }
            }
            for message in try await ledger.list(limit: 10) { _ = message.countsFrom.map { time - $0 } }
            try await verify(ledger, keys, at: time)
            try await ledger.finish(cycle, at: time)
        }
        _ = try await ledger.requeue(keys, at: now)
    }

    private func verify(_ ledger: SQLLedger, _ keys: [MessageKey], at time: Timestamp) async throws {
        let schedule = VerificationSchedule(
            every: .hours(1), dayAt: .hours(4), zone: Zone(secondsEastOfUTC: 9 * 3600))
        if let progress = try await ledger.verificationProgress() { _ = schedule.step(after: progress, at: time) }
        var history = try await ledger.deliveryHistory()
        let counts = DailyStatistics.Counts(total: 100, succeeded: 50, failed: 50)
        history.note([DailyStatistics(day: KoreanDay(time), received: counts, reported: counts)], at: time)
        try await ledger.keep(history, observing: [history.observation], at: time)
        _ = try await ledger.deadLettersByListing(past: try await ledger.lastListedDeadLetter(), limit: 10)
        _ = try await ledger.traces(of: keys)
        for (id, errand) in try await ledger.openErrands(.verify, limit: 10) {
            guard case .verify(let span) = errand else { continue }
            _ = span.lowerBound.iso8601() + span.upperBound.iso8601()
            let verified = VerifiedSpan(checked: 1, requests: 1, isComplete: true, found: 0, listed: [])
            try await ledger.end(id, with: .verified(verified), at: time)
        }
    }

    private func numbers(_ fixture: Fixture, of table: String) -> [String] {
        fixture.raw.rows("SELECT name FROM pragma_table_info('\(table)') WHERE type = 'INTEGER' AND NOT pk").compactMap
        {
            $0[0]
        }
    }

    @Test(
        "no number of any of the reconciler's tables can trap whoever reads it",
        arguments: [
            "reconciler_message", "reconciler_audit", "reconciler_alert", "reconciler_telling", "reconciler_report",
            "reconciler_hour", "reconciler_cycle", "reconciler_outcome", "reconciler_delay",
            "reconciler_delivery_reading", "reconciler_delivery_day", "reconciler_difference", "reconciler_errand",
        ])
    func damaged(_ table: String) async throws {
        let whole = try await fixture()
        #expect(whole.raw.count("SELECT count(*) FROM \(table)") > 0)
        let columns = numbers(whole, of: table)
        #expect(columns.count >= (["hour", "outcome", "delay", "errand"].contains { table.hasSuffix($0) } ? 1 : 2))
        whole.raw.run("PRAGMA wal_checkpoint(TRUNCATE)")
        for column in columns {
            for value in Self.values {
                let fixture = Fixture(table: nil) {
                    $0 = whole.configuration; $0.place = .file("\(whole.path).\(column)")
                }
                try #require(whole.copyDatabase(to: fixture.path))
                fixture.raw.run("UPDATE \(table) SET \(column) = \(value)")
                try await use(fixture)
                fixture.removeDatabase()
            }
        }
    }

    @Test("nor can a single value that was noted, or a tally", arguments: values)
    func damagedTexts(_ value: String) async throws {
        let fixture = try await fixture()
        fixture.raw.run("UPDATE reconciler_meta SET value = \(value) WHERE key <> 'schema_version'")
        fixture.raw.run("UPDATE reconciler_alert SET tally = '{\"64008\": 9223372036854775807}'")
        fixture.raw.run("UPDATE OR IGNORE reconciler_hour SET hour = \(value)")
        fixture.raw.run("UPDATE reconciler_errand SET subject = \(value) || ' ' || \(value)")
        try await use(fixture)
    }
}
