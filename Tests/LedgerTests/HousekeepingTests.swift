import Engine
import Ledger
import Reconciliation
import Testing

/// What `finish` notes and what it removes.
@Suite struct HousekeepingTests {
    private func cycle(_ result: CycleRecord.Result = .ok, at time: Timestamp = now) -> CycleRecord {
        CycleRecord(startedAt: time, duration: .milliseconds(1234), result: result, health: ProviderHealth(since: now))
    }

    @Test func theLastCycleAndTheLastSuccessAreNoted() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        try await ledger.finish(cycle(), at: now + .seconds(2))
        try await ledger.finish(cycle(.failed, at: now + .minutes(1)), at: now + .minutes(1))
        let overview = try await ledger.overview(at: now)
        #expect(overview.lastCycle == cycle(.failed, at: now + .minutes(1)))
        #expect(overview.lastSuccessAt == now + .seconds(2))
        #expect(overview.providerHealth == ProviderHealth(since: now))
    }

    @Test func auditRowsEndWithTheirRetention() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2)
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        _ = try await ledger.commit([due[0].delivered()], at: now)
        _ = try await ledger.commit([due[1].delivered()], at: now + .days(1))
        try await ledger.finish(cycle(), at: now + .days(90))
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_audit") == 2)
        try await ledger.finish(cycle(), at: now + .days(90) + .hours(1))
        #expect(fixture.raw.rows("SELECT message_key FROM reconciler_audit") == [[due[1].key.text]])
    }

    @Test func auditRowsWrittenWhileTheClockWasAheadDoNotKeepTheOnesBehindThem() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        func write(_ count: Int, _ key: String, at time: Timestamp) {
            fixture.raw.run(
                """
                WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < \(count))
                INSERT INTO reconciler_audit (at, message_key, row_id, from_status, to_status, source)
                SELECT \(time.milliseconds), '\(key)', n, 'pending', 'sent', 'inquiry' FROM i
                """)
        }
        write(12_000, "ahead", at: now + .days(365))
        write(12_000, "old", at: now - .days(91))
        write(6_000, "new", at: now)
        for _ in 1...8 { try await ledger.finish(cycle(), at: now) }
        let left = fixture.raw.rows("SELECT message_key, count(*) FROM reconciler_audit GROUP BY 1 ORDER BY 1")
        #expect(left == [["ahead", "12000"], ["new", "6000"]])
        for _ in 1...8 { try await ledger.finish(cycle(), at: now + .days(500)) }
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_audit") == 0)
    }

    @Test func trackingThatLeadsNowhereGoesAndTheRestStays() async throws {
        let fixture = Fixture()
        fixture.addPending(1...7, age: .days(4))
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        let decisions = due.map { message in
            switch message.key.text {
            case "m1": message.failed("64016")
            case "m2": message.open()  // stale
            case "m7": message.failed("64016")
            default: Decision(message, .wait(until: now + .hours(1), message.tracking))
            }
        }
        _ = try await ledger.commit(decisions, at: now)
        fixture.set("m3", "SENT")
        fixture.set("m4", "DEAD_LETTER")
        fixture.raw.run("DELETE FROM notification_history WHERE external_id IN ('m5', 'm7')")
        try await ledger.finish(cycle(), at: now)
        let left = fixture.raw.rows("SELECT message_key FROM reconciler_message ORDER BY 1").map { $0[0] }
        #expect(left == ["m1", "m2", "m6"])
    }

    @Test func aLargeTrackingTableIsSweptPieceByPiece() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2500)
        let ledger = try fixture.open()
        let due = try await ledger.walk(limit: 1000)
        _ = try await ledger.commit(due.map { Decision($0, .wait(until: now + .days(1), $0.tracking)) }, at: now)
        fixture.raw.run("UPDATE notification_history SET status = 'SENT'")
        var left: [Int] = []
        for _ in 1...3 {
            try await ledger.finish(cycle(), at: now)
            left.append(fixture.raw.count("SELECT count(*) FROM reconciler_message"))
        }
        #expect(left == [1500, 500, 0])
    }

    @Test func trackingMetInPassingGoesAtOnce() async throws {
        let fixture = Fixture()
        fixture.addPending(1...3000)
        let ledger = try fixture.open()
        let due = try await ledger.walk(limit: 1000)
        _ = try await ledger.commit(due.map { Decision($0, .wait(until: now + .hours(1), $0.tracking)) }, at: now)
        fixture.raw.run("UPDATE notification_history SET status = 'SENT'")
        #expect(try await ledger.walk(at: now + .hours(2)).isEmpty)
        try await ledger.finish(cycle(), at: now)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_message") == 0)
    }

    @Test func anOldAlertThatEverybodyKnowsOfIsForgotten() async throws {
        let fixture = Fixture { $0.sinks = [LedgerConfiguration.Sink(name: "log")] }
        let ledger = try fixture.open()
        try await ledger.observe([.occurred(.lateReports, AlertOccurrence(count: 1))], at: now)
        let end = now + .days(1)
        let resolved = try await ledger.alerts(at: end)
        let much = end + .days(91)
        try await ledger.finish(cycle(), at: much)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_alert") == 1)
        let told = try #require(resolved.tellings.first).told(.firing, of: resolved.alerts[0], at: end)
        try await ledger.record(told.told(.resolved, of: resolved.alerts[0], at: end))
        try await ledger.finish(cycle(), at: end + .days(89))
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_alert") == 1)
        try await ledger.finish(cycle(), at: much)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_alert") == 0)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_telling") == 0)
    }
}
