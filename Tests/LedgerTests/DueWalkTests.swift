import Engine
import Ledger
import Reconciliation
import Testing

/// Fairness, completeness and bounds of the walk.
@Suite struct DueWalkTests {
    @Test(arguments: Implementation.allCases, [1, 2, 3, 7, 50, 1000])
    func aWalkReturnsEachDueMessageExactlyOnce(_ implementation: Implementation, limit: Int) async throws {
        let subject = try implementation.make()
        for number in 1...60 {
            await subject.add("m\(number)", .pending, acceptedAt: now - .hours(1))
            await subject.add("s\(number)", .sent, acceptedAt: now - .hours(1))
        }
        let first = try await subject.ledger.due(from: DueCursor(), at: now, limit: 20).messages
        _ = try await subject.ledger.commit(first.map { $0.open() }, at: now)
        let later = now + .hours(1)
        let due = try await subject.ledger.walk(at: later, limit: limit)
        #expect(due.count == 60)
        #expect(Set(due.map(\.key)).count == 60)
        #expect(due.filter { $0.tracking.answers == 1 }.count == 20)
    }

    @Test(arguments: Implementation.allCases, [1, 5, 64])
    func aWalkReturnsEachOnceWhileEveryPageIsCommitted(_ implementation: Implementation, limit: Int) async throws {
        let subject = try implementation.make()
        for number in 1...90 { await subject.add("m\(number)", .pending, acceptedAt: now - .days(4)) }
        let half = try await subject.ledger.due(from: DueCursor(), at: now, limit: 45).messages
        _ = try await subject.ledger.commit(
            half.map { Decision($0, .wait(until: now, $0.tracking)) }, at: now)
        let due = try await subject.ledger.walk(limit: limit) { page in
            let decisions = page.enumerated().map { index, message in
                switch index % 4 {
                case 0: message.delivered()
                case 1: message.failed("64016")
                case 2: message.open()  // stale
                default: Decision(message, .wait(until: now + .hours(1), message.tracking))
                }
            }
            _ = try await subject.ledger.commit(decisions, at: now)
        }
        #expect(due.count == 90)
        #expect(Set(due.map(\.key)).count == 90)
    }

    @Test func aPageTakesFromAllThreeSides() async throws {
        let fixture = Fixture()
        fixture.addPending(1...300)
        let ledger = try fixture.open()
        let asked = try await ledger.due(from: DueCursor(), at: now, limit: 300).messages.filter {
            (100..<200).contains($0.row.rowid)
        }
        _ = try await ledger.commit(asked.map { Decision($0, .wait(until: now + .minutes(1), $0.tracking)) }, at: now)

        let page = try await ledger.due(from: DueCursor(), at: now + .minutes(5), limit: 30).messages
        #expect(page.count == 30)
        // One of each side in turn, from the front on.
        #expect(page.prefix(3).map(\.row.rowid) == [100, 1, 300])
        #expect(page.filter { $0.row.rowid <= 10 }.count == 10)
        #expect(page.filter { $0.row.rowid > 290 }.count == 10)
    }

    @Test func whatOneSideLacksTheOthersGet() async throws {
        let fixture = Fixture()
        fixture.addPending(1...30)
        let ledger = try fixture.open()
        #expect(try await ledger.due(from: DueCursor(), at: now, limit: 30).messages.count == 30)
    }

    @Test func rowsWithExtremeAddressesAreFound() async throws {
        let fixture = Fixture()
        for id in [Int.min, -5, 0, Int.max] { fixture.addPending(id...id) }
        let ledger = try fixture.open()
        for limit in [1, 2, 10] {
            #expect(Set(try await ledger.walk(limit: limit).map(\.row.rowid)) == [.min, -5, 0, .max])
        }
    }

    @Test func rowsThatArriveDuringAWalkDoNotDisturbIt() async throws {
        let fixture = Fixture()
        fixture.addPending(1...50)
        let ledger = try fixture.open()
        var next = 51
        let due = try await ledger.walk(limit: 7) { _ in
            guard next < 100 else { return }
            fixture.addPending(next...(next + 4))
            next += 5
        }
        #expect(Set(due.map(\.key)).count == due.count)
        #expect(Set(due.map(\.row.rowid)).isSuperset(of: 1...50))
    }

    @Test func aTimeThatCannotBeReadIsDueWithoutOne() async throws {
        let fixture = Fixture()
        fixture.addPending(1...3)
        fixture.raw.run("UPDATE notification_history SET created_at = 'yesterday' WHERE id = 1")
        fixture.raw.run("UPDATE notification_history SET created_at = '0001-01-01T00:00:00Z' WHERE id = 2")
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        #expect(due.count == 3)
        #expect(Set(due.filter { $0.acceptedAt == nil }.map(\.key.text)) == ["m1", "m2"])
        let result = try await ledger.commit(due.map { $0.open() }, at: now)
        #expect(result.applied.isEmpty)
    }

    @Test func anEmptyKeyIsNoKey() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1)
        fixture.raw.run("UPDATE notification_history SET external_id = ''")
        #expect(try await fixture.open().walk().isEmpty)
    }

    @Test func twoRowsWithOneKeyAreDueOneAfterTheOther() async throws {
        let fixture = Fixture(table: Fixture.table.split(separator: " UNIQUE").joined())
        fixture.addPending(1...2)
        fixture.raw.run("UPDATE notification_history SET external_id = 'twin'")
        let ledger = try fixture.open()
        let first = try await ledger.due(from: DueCursor(), at: now, limit: 10).messages
        #expect(first.count == 1)
        _ = try await ledger.commit(first.map { $0.delivered() }, at: now)
        let second = try await ledger.walk()
        #expect(second.count == 1)
        _ = try await ledger.commit(second.map { $0.delivered() }, at: now)
        #expect(fixture.raw.count("SELECT count(*) FROM notification_history WHERE status = 'SENT'") == 2)
    }

    @Test func aRowThatWasRenumberedIsFoundByItsKey() async throws {
        let table = Fixture.table.split(separator: "INTEGER PRIMARY KEY").joined(separator: "TEXT")
        let fixture = Fixture(table: table)
        for number in 1...10 {
            fixture.raw.run(
                """
                INSERT INTO notification_history (external_id, status, created_at)
                VALUES ('m\(number)', 'PENDING', '2026-01-01T00:00:00Z')
                """)
        }
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        let ten = try #require(due.first { $0.key.text == "m10" })
        let nine = try #require(due.first { $0.key.text == "m9" })
        let waiting = Decision(ten, .wait(until: now, ten.tracking))
        _ = try await ledger.commit([waiting], at: now)
        fixture.raw.run("DELETE FROM notification_history WHERE external_id IN ('m1', 'm2', 'm3')")
        // As a VACUUM may do to a table without an INTEGER PRIMARY KEY.
        fixture.raw.run("UPDATE notification_history SET rowid = rowid - 3")
        // A settlement under way still finds its row.
        let result = try await ledger.commit([nine.delivered()], at: now)
        #expect(result.applied.map(\.row.rowid) == [6])
        #expect(fixture.status("m9") == "SENT")
        let again = try #require(try await ledger.dueMessage("m10"))
        #expect(again.row.rowid == 7)
        _ = try await ledger.commit([again.delivered()], at: now)
        #expect(fixture.status("m10") == "SENT")
        #expect(fixture.raw.count("SELECT count(*) FROM notification_history WHERE status = 'SENT'") == 2)
    }
}
