import Engine
@testable import Ledger
import Reconciliation
import Testing

/// What the status page is told.
@Suite struct StatusTests {
    private let hour = now.milliseconds / 3_600_000

    private func cycle(_ number: Int) -> CycleRecord {
        CycleRecord(
            startedAt: now - .minutes(Int64(number)), duration: .milliseconds(Int64(number)), result: .ok,
            health: ProviderHealth(since: now), due: number, requests: 2, settled: 1)
    }

    @Test func whatIsSettledIsCountedByTheHour() async throws {
        let fixture = Fixture()
        fixture.addPending(1...6, age: .days(4))
        let ledger = try fixture.open()
        let decisions = try await ledger.walk().compactMap { message -> Decision? in
            switch message.key.text {
            case "m1", "m2": message.delivered()
            case "m3": message.failed("64016")
            case "m4": message.open()
            default: nil
            }
        }
        _ = try await ledger.commit(decisions, at: now)
        // The same again misses, and is not counted.
        _ = try await ledger.commit(decisions, at: now)
        let figures = try await fixture.open(.readOnly).figures(at: now)
        #expect(
            Set(figures.settled) == [
                SettledCount(hour: hour, source: .inquiry, outcome: .sent, count: 2),
                SettledCount(
                    hour: hour, source: .inquiry, outcome: .deadLetter(.reported), code: ReportCode("64016"), count: 1),
                SettledCount(hour: hour, source: .inquiry, outcome: .deadLetter(.stale), count: 1),
            ])
        #expect(figures.pending.buckets == [0, 0, 0, 0, 0, 2, 0])
        #expect(figures.pending.oldest == .days(4))
        #expect(figures.firing.map(\.identity.name) == [.deadLetters, .staleMessages])
    }

    @Test func oldCountsAreForgottenAndTheLastCyclesKept() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1, age: .days(4))
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.delivered() }, at: now)
        for number in 1...30 { try await ledger.finish(cycle(number), at: now) }
        let figures = try await ledger.figures(at: now)
        #expect(figures.cycles == (11...30).reversed().map(cycle))
        #expect(figures.lastSuccessAt == now)
        #expect(figures.settled.count == 1)
        #expect(try await ledger.figures(at: now + .days(8)).settled.isEmpty)
        try await ledger.finish(cycle(31), at: now + .days(9))
        #expect(fixture.raw.value("SELECT count(*) FROM reconciler_hour") == "0")
    }

    @Test func theApplicationsOwnSettlementsAreToldFromOurs() async throws {
        let fixture = Fixture()
        fixture.addPending(1...5)
        fixture.addPending(6...6, age: .days(8))
        let ledger = try fixture.open()
        let ours = try await ledger.walk().filter { $0.key.text == "m1" }.map { $0.delivered() }
        _ = try await ledger.commit(ours, at: now)
        fixture.set("m2", "SENT")
        fixture.set("m3", "DEAD_LETTER")
        fixture.set("m4", "CANCELLED")
        var expected = Origins.Hour(hour: hour - 1)
        expected.elsewhere = 2
        expected.asked = 1
        expected.pending = 1
        let origins = try await ledger.figures(at: now).origins
        #expect(origins.hours == [expected])
        #expect(origins.rows == 6)
        #expect(!origins.isCutShort)
    }

    @Test func rowsWithoutKeyOrTimeAreCountedApart() async throws {
        let fixture = Fixture()
        fixture.raw.run(
            """
            INSERT INTO notification_history (external_id, created_at)
            VALUES (NULL, '2020-01-01T00:00:00Z'), ('', 'x'), ('k', 'never')
            """)
        let reader = try fixture.open(.readOnly)
        let figures = try await reader.figures(at: now)
        #expect(figures.pending.withoutKey == 2)
        #expect(figures.pending.withoutTime == 1)
        #expect(figures.pending.total == 3)
        #expect(figures.pending.oldest == nil)
        #expect(figures.cycles.isEmpty)
    }

    @Test func whatTimeHasEndedFiresNoMore() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1, age: .hours(1))
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.failed("64016") }, at: now)
        #expect(try await ledger.firing(at: now).count == 1)
        #expect(try await ledger.firing(at: now + .hours(5)).isEmpty)
        #expect(try await ledger.overview(at: now).firing.count == 1)
        #expect(try await ledger.overview(at: now + .hours(5)).firing.isEmpty, "with or without a daemon that notes it")
    }

    @Test func noQueryWalksTheAuditOrSorts() throws {
        let fixture = Fixture { $0.createIndex = true }
        _ = try fixture.open()
        let connection = try Connection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let plan = try QueryPlan(
            "SELECT hour FROM reconciler_hour WHERE hour >= ?1 ORDER BY hour, source, outcome, code", on: connection)
        #expect(!plan.sorts && plan.lines.allSatisfy { $0.hasPrefix("SEARCH") }, "\(plan.lines)")
    }
}
