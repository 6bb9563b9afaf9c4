import Engine
import Reconciliation
import Testing

@testable import Ledger

/// What the application itself has settled, as its rows tell.
@Suite struct ElsewhereTests {
    private let cycle = CycleRecord(
        startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now))

    /// Rows that the application has settled.
    private func settle(
        _ fixture: Fixture, _ range: ClosedRange<Int>, _ status: String = "SENT", code: String? = nil,
        accepted: Duration, updated: Duration? = nil
    ) {
        let time = updated.map { "'\((now - $0).iso8601())'" } ?? "NULL"
        fixture.raw.run(
            """
            WITH RECURSIVE i(n) AS (SELECT \(range.lowerBound) UNION ALL SELECT n + 1 FROM i WHERE n < \(range.upperBound))
            INSERT INTO notification_history (id, external_id, status, report_code, service_type, created_at, updated_at)
            SELECT n, 'w' || n, '\(status)', \(code.map { "'\($0)'" } ?? "NULL"), 'AT',
                '\((now - accepted).iso8601())', \(time) FROM i
            """)
    }

    private func counts(_ ledger: SQLLedger, last: Duration = .days(7)) async throws -> OutcomeCounts {
        try await ledger.outcomes(since: now - last, until: now)
    }

    @Test("by status, code and the time of its last change, else of its acceptance")
    func classes() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        settle(fixture, 1...10, accepted: .hours(5), updated: .minutes(3))
        settle(fixture, 11...14, "DEAD_LETTER", code: "64008", accepted: .minutes(30))
        settle(fixture, 15...16, "DEAD_LETTER", accepted: .minutes(30))
        settle(fixture, 17...20, "CANCELLED", accepted: .minutes(30))
        settle(fixture, 21...22, accepted: .minutes(5), updated: .hours(3))
        fixture.raw.run(
            "INSERT INTO notification_history (status, created_at) VALUES ('SENT', '\((now - .hours(1)).iso8601())')")
        let lately = try await counts(ledger, last: .hours(1))
        #expect(lately.settled == 16, "a row without a key is not with the provider")
        #expect(lately.failures == [.account: 4, .unknown: 2])
        #expect(try await counts(ledger).settled == 18)
    }

    @Test("rows are counted once, also when they are young no more")
    func once() async throws {
        let fixture = Fixture()
        var ledger = try fixture.open()
        settle(fixture, 1...10, accepted: .hours(5), updated: .hours(4))
        settle(fixture, 11...14, "DEAD_LETTER", code: "64008", accepted: .minutes(30))
        let before = try await counts(ledger)
        #expect(before.settled == 14)
        for _ in 1...3 { try await ledger.finish(cycle, at: now) }
        #expect(fixture.raw.value("SELECT sum(count) FROM reconciler_outcome") == "10", "those of age")
        #expect(try await counts(ledger) == before)
        ledger = try fixture.open()
        #expect(try await counts(ledger) == before)
        let later = now + .hours(3)
        for _ in 1...2 { try await ledger.finish(cycle, at: later) }
        #expect(fixture.raw.value("SELECT sum(count) FROM reconciler_outcome") == "14")
        #expect(try await counts(ledger) == before)
    }

    @Test("what the reconciler settled is not counted as the application's, too")
    func ours() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        fixture.addPending(1...4, age: .hours(5))
        _ = try await ledger.commit(try await ledger.walk().map { $0.delivered() }, at: now)
        for _ in 1...2 {
            #expect(try await counts(ledger).settled == 4)
            try await ledger.finish(cycle, at: now)
        }
    }

    @Test("a young row counts as soon as it is settled, one that is settled after two hours does not")
    func young() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        fixture.addPending(1...1, age: .hours(3))
        fixture.addPending(2...2, age: .hours(1))
        for _ in 1...2 { try await ledger.finish(cycle, at: now) }
        #expect(try await counts(ledger).settled == 0)
        fixture.raw.run(
            "UPDATE notification_history SET status = 'SENT', updated_at = '\((now - .minutes(1)).iso8601())'")
        #expect(try await counts(ledger).settled == 1)
    }

    @Test("a row that seems to come from the future holds up nothing")
    func future() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        settle(fixture, 1...1, accepted: .days(-400))
        settle(fixture, 2...5, accepted: .hours(5))
        try await ledger.finish(cycle, at: now)
        #expect(fixture.raw.value("SELECT sum(count) FROM reconciler_outcome") == "5")
        fixture.raw.run("UPDATE notification_history SET created_at = 'soon'")
        settle(fixture, 6...9, accepted: .hours(4))
        try await ledger.finish(cycle, at: now)
        #expect(try await counts(ledger).settled == 9)
    }

    @Test("others' rows are not counted")
    func foreign() async throws {
        let fixture = Fixture { $0.serviceTypes = ["ALIMTALK"] }
        let ledger = try fixture.open()
        settle(fixture, 1...10, accepted: .hours(1))
        #expect(try await counts(ledger).settled == 0)
        fixture.raw.run("UPDATE notification_history SET service_type = 'ALIMTALK' WHERE id <= 3")
        #expect(try await counts(ledger).settled == 3)
    }

    @Test("a table that was emptied is counted from its beginning")
    func emptied() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        settle(fixture, 1001...1010, accepted: .hours(5))
        try await ledger.finish(cycle, at: now)
        fixture.raw.run("DELETE FROM notification_history")
        #expect(try await counts(ledger).settled == 10, "what was counted stays")
        try await ledger.finish(cycle, at: now)
        settle(fixture, 1...3, accepted: .hours(5))
        try await ledger.finish(cycle, at: now)
        #expect(try await counts(ledger).settled == 13)
    }

    @Test("of a large table the end is counted, some rows a cycle")
    func large() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        settle(fixture, 1...230_000, accepted: .hours(5))
        #expect(try await counts(ledger).settled == ElsewhereReader.rowsLookedAt)
        try await ledger.finish(cycle, at: now)
        #expect(try await counts(ledger).settled == ElsewhereReader.rowsPassed + ElsewhereReader.rowsLookedAt)
        for _ in 1...10 { try await ledger.finish(cycle, at: now) }
        #expect(try await counts(ledger).settled == Int(ElsewhereReader.rowsAtFirst))
    }

    @Test("after eight days counts are forgotten, and what is older is not counted")
    func forgotten() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        settle(fixture, 1...3, accepted: .days(9))
        settle(fixture, 4...5, accepted: .hours(5))
        fixture.addPending(6...6, age: .hours(5))
        let message = try #require(try await ledger.dueMessage("m6"))
        _ = try await ledger.commit([message.delivered(at: now)], at: now)
        try await ledger.finish(cycle, at: now)
        #expect(fixture.raw.value("SELECT sum(count) FROM reconciler_outcome") == "3")
        #expect(fixture.raw.value("SELECT sum(count) FROM reconciler_delay") == "1")
        try await ledger.finish(cycle, at: now + .days(9))
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_outcome") == 0)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_delay") == 0)
    }

    @Test("the figures tell them by the hour, with delays in the hour of the report")
    func figures() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        fixture.addPending(1...1, age: .hours(5))
        let message = try #require(try await ledger.dueMessage("m1"))
        _ = try await ledger.commit([message.failed("64008", at: now - .hours(3))], at: now)
        settle(fixture, 2...4, accepted: .minutes(90))
        let rates = try await fixture.open(.readOnly).figures(at: now).rates
        #expect(rates.map(\.hour) == [now.hour - 3, now.hour - 2, now.hour])
        #expect(rates.map(\.outcomes.settled) == [0, 3, 1])
        #expect(rates.map(\.delays.counts) == [[7200: 1], [:], [:]])
        #expect(rates.last?.outcomes.failures == [.account: 1])
    }
}
