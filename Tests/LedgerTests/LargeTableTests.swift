import Engine
import Ledger
import Reconciliation
import Testing

/// What only a table of many rows shows. By themselves: they take a sanitizer minutes, and use no thread that the others
/// do not.
@Suite struct LargeTableTests {
    @Test func tenThousandWaitingRowsDoNotKeepANewOneOut() async throws {
        let fixture = Fixture()
        fixture.addPending(1...10_000)
        let ledger = try fixture.open()
        let waiting = try await ledger.walk(limit: 2000)
        #expect(waiting.count == 10_000)
        _ = try await ledger.commit(
            waiting.map { Decision($0, .wait(until: now + .hours(2), $0.tracking)) }, at: now)
        fixture.addPending(10_001...10_001)
        let first = try await ledger.due(from: DueCursor(), at: now, limit: 10).messages
        #expect(first.map(\.key.text) == ["m10001"])
        #expect(try await ledger.walk().map(\.key.text) == ["m10001"])
    }

    @Test func tenThousandOverdueRowsDoNotKeepANewOneOut() async throws {
        let fixture = Fixture()
        fixture.addPending(1...10_000)
        let ledger = try fixture.open()
        let waiting = try await ledger.walk(limit: 2000)
        _ = try await ledger.commit(
            waiting.map { Decision($0, .wait(until: now + .minutes(1), $0.tracking)) }, at: now)
        fixture.addPending(10_001...10_001)
        let first = try await ledger.due(from: DueCursor(), at: now + .hours(1), limit: 10).messages
        #expect(first.count == 10)
        #expect(first.prefix(3).contains { $0.key.text == "m10001" })
    }

    @Test func aLongStretchOfRowsThatAreNotDueIsCrossedInBoundedSteps() async throws {
        let fixture = Fixture()
        fixture.addPending(1...25_000, age: .zero)
        fixture.raw.run("UPDATE notification_history SET created_at = '2026-01-01T00:00:00Z' WHERE id = 12500")
        let ledger = try fixture.open()
        let page = try await ledger.due(from: DueCursor(), at: now, limit: 10)
        #expect(page.messages.isEmpty)
        #expect(page.next != nil)
        #expect(try await ledger.walk(limit: 10).map(\.key.text) == ["m12500"])
    }

    /// 60,000 messages, 10 of each send, spread evenly over 60 hours: more than is looked at from both ends.
    @Test func whatLiesBetweenTheEndsOfALargeBacklogIsEstimated() async throws {
        let fixture = Fixture()
        let start = now.milliseconds - 61 * 3_600_000
        fixture.raw.run(
            """
            WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < 59999)
            INSERT INTO notification_history (id, external_id, created_at)
            SELECT n + 1, printf('S%05d%03d', n / 10, n % 10),
                strftime('%Y-%m-%dT%H:%M:%fZ', (\(start) + n * 3600) / 1000.0, 'unixepoch') FROM i
            """)
        let survey = try #require(try await fixture.open().survey(at: now))
        #expect(!survey.isWhole)
        #expect((59_900...60_100).contains(survey.messages), "\(survey.messages)")
        #expect((5900...6100).contains(survey.sends), "\(survey.sends)")
        let stretches = survey.stretches
        #expect(stretches.map(\.first) == stretches.map(\.first).sorted())
        #expect(stretches.first?.first.milliseconds == start && stretches.first?.rowsSince == 60_000)
        // What was not seen is one stretch, between both ends.
        let between = try #require(stretches.max { $0.messages < $1.messages })
        #expect((9_900...10_100).contains(between.messages))
        #expect((34_900...35_100).contains(try #require(between.rowsSince)))
    }

    /// One fewer than would be looked at: what both ends see is all there is, and nothing is counted twice.
    @Test func aBacklogThatBothEndsSeeIsWhole() async throws {
        let fixture = Fixture()
        fixture.addPending(1...40_000)
        let survey = try #require(try await fixture.open().survey(at: now))
        #expect(survey.isWhole && survey.messages == 40_000)
    }
}
