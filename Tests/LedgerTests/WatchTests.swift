import Engine
import Ledger
import Reconciliation
import Testing

/// What the ledger tells of its messages as a whole.
@Suite struct WatchTests {
    private func settle(_ fixture: Fixture, _ key: String, updated: Duration? = nil, accepted: Duration = .minutes(5)) {
        let time = updated.map { "'\((now - $0).iso8601())'" } ?? "NULL"
        fixture.raw.run(
            """
            INSERT INTO notification_history (external_id, status, created_at, updated_at)
            VALUES ('\(key)', 'SENT', '\((now - accepted).iso8601())', \(time))
            """)
    }

    @Test("pending messages are counted up to the limit, the oldest by its time; those without a key are not there yet")
    func pending() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        #expect(try await ledger.pendingOutline(countingUpTo: 10) == PendingOutline(unreadable: UnreadableRows()))
        fixture.addPending(1...5, age: .hours(1))
        fixture.addPending(6...8, age: .hours(3))
        fixture.raw.run(
            "INSERT INTO notification_history (status, created_at) VALUES ('PENDING', '\((now - .days(9)).iso8601())')")
        settle(fixture, "old", accepted: .days(2))
        #expect(
            try await ledger.pendingOutline(countingUpTo: 100)
                == PendingOutline(count: 8, oldestAcceptedAt: now - .hours(3), unreadable: UnreadableRows()))
        #expect(try await ledger.pendingOutline(countingUpTo: 3).count == 3)
    }

    @Test("what was found by asking is told from what the application settled, each in the time it was settled")
    func settled() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        fixture.addPending(1...4)
        for key in ["m1", "m2"] {
            guard let message = try await ledger.dueMessage(key) else { Issue.record("not due"); return }
            _ = try await ledger.commit([key == "m1" ? message.delivered() : message.failed("64016")], at: now)
        }
        guard let stale = try await ledger.dueMessage("m3") else { Issue.record("not due"); return }
        _ = try await ledger.commit([stale.open(at: now + .days(4))], at: now)
        settle(fixture, "w1", updated: .minutes(3), accepted: .hours(5))
        settle(fixture, "w2")
        settle(fixture, "w3", updated: .hours(2), accepted: .minutes(5))
        settle(fixture, "w4", accepted: .hours(2))
        #expect(
            try await ledger.settledShare(since: now - .hours(1), until: now)
                == SettledShare(byAsking: 2, elsewhere: 2), "given up is not found; by updated_at, else by created_at")
        #expect(
            try await ledger.settledShare(since: now - .hours(9), until: now)
                == SettledShare(byAsking: 2, elsewhere: 4))
        #expect(
            try await ledger.settledShare(since: now + .seconds(1), until: now + .seconds(2)) == SettledShare())
    }

    @Test("without updated_at the time of acceptance stands for it")
    func unmapped() async throws {
        let fixture = Fixture { $0.columns.updatedAt = nil }
        let ledger = try fixture.open()
        settle(fixture, "w1", updated: .minutes(3), accepted: .hours(5))
        settle(fixture, "w2", updated: .hours(5), accepted: .minutes(3))
        #expect(try await ledger.settledShare(since: now - .hours(1), until: now) == SettledShare(elsewhere: 1))
    }

    @Test("a time to ask again that only a clock ahead can have noted is brought back")
    func farAway() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        fixture.addPending(1...1)
        guard let message = try await ledger.dueMessage("m1") else { Issue.record("not due"); return }
        _ = try await ledger.commit([message.open(at: now)], at: now)
        fixture.raw.run("UPDATE reconciler_message SET next_ask_at = next_ask_at + 31536000000")
        #expect(try await ledger.dueMessage("m1", at: now + .days(2)) == nil)
        let record = CycleRecord(
            startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(record, at: now)
        #expect(try await ledger.dueMessage("m1") != nil)
    }
}
