import Engine
@testable import Ledger
import Reconciliation
import Testing

/// Fairness, completeness and bounds of the walk.
@Suite struct DueWalkTests {
    @Test("a walk returns each due message exactly once", arguments: Implementation.allCases, [1, 2, 3, 7, 50, 1000])
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

    @Test("a walk returns each once while every page is committed", arguments: Implementation.allCases, [1, 5, 64])
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

    @Test("a page takes from all three sides")
    func aPageTakesFromAllThreeSides() async throws {
        let fixture = Fixture()
        fixture.addPending(1...300)
        let ledger = try fixture.open()
        let asked = try await ledger.due(from: DueCursor(), at: now, limit: 300).messages.filter {
            (100..<200).contains($0.row.rowid ?? 0)
        }
        _ = try await ledger.commit(asked.map { Decision($0, .wait(until: now + .minutes(1), $0.tracking)) }, at: now)

        let page = try await ledger.due(from: DueCursor(), at: now + .minutes(5), limit: 30).messages.map(\.row.rowid)
        #expect(page.count == 30)
        // One of each side in turn, from the front on. How many each gives after that is a matter of time: a step ends by it.
        #expect(page.prefix(3) == [100, 1, 300])
    }

    @Test("what one side lacks the others get")
    func whatOneSideLacksTheOthersGet() async throws {
        let fixture = Fixture()
        fixture.addPending(1...30)
        let ledger = try fixture.open()
        #expect(try await ledger.due(from: DueCursor(), at: now, limit: 30).messages.count == 30)
    }

    @Test("rows with extreme addresses are found")
    func rowsWithExtremeAddressesAreFound() async throws {
        let fixture = Fixture()
        for id in [Int.min, -5, 0, Int.max] { fixture.addPending(id...id) }
        let ledger = try fixture.open()
        for limit in [1, 2, 10] {
            #expect(Set(try await ledger.walk(limit: limit).map(\.row.rowid)) == [.min, -5, 0, .max])
        }
    }

    @Test("rows that arrive during a walk do not disturb it")
    func rowsThatArriveDuringAWalkDoNotDisturbIt() async throws {
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
        #expect(Set(due.compactMap(\.row.rowid)).isSuperset(of: 1...50))
    }

    @Test("a time that cannot be read is due without one")
    func aTimeThatCannotBeReadIsDueWithoutOne() async throws {
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

    @Test("an empty key is no key")
    func anEmptyKeyIsNoKey() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1)
        fixture.raw.run("UPDATE notification_history SET external_id = ''")
        #expect(try await fixture.open().walk().isEmpty)
    }

    @Test("two rows with one key are due one after the other")
    func twoRowsWithOneKeyAreDueOneAfterTheOther() async throws {
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

    @Test("a row that was renumbered is found by its key")
    func aRowThatWasRenumberedIsFoundByItsKey() async throws {
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

/// Walks over many rows, in steps between which others may write.
@Suite struct RowWalkTests {
    private let fixture = Fixture()
    private let expected: [Int64]

    /// Pending rows among others, with gaps: at both ends of what there can be, and in two crowds far apart.
    init() {
        fixture.raw.run(
            """
            WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 9000)
            INSERT INTO notification_history (id, external_id, status, created_at)
            SELECT n, 'a' || n, iif(n % 3, 'SENT', 'PENDING'), '' FROM i
            UNION ALL SELECT (1 << 40) + n, 'b' || n, iif(n % 3, 'SENT', 'PENDING'), '' FROM i
            UNION ALL VALUES (\(Int64.min), 'first', 'PENDING', ''), (\(Int64.max), 'last', 'PENDING', '')
            """)
        let crowd = (Int64(1)...9000).filter { $0 % 3 == 0 }
        expected = [.min] + crowd + crowd.map { $0 + (1 << 40) } + [.max]
    }

    private func walk(_ connection: SQLiteConnection, walksTable: Bool, backwards: Bool) throws -> RowWalk {
        let mapping = try TableInspection(database: connection, configuration: fixture.configuration).mapping()
        return RowWalk(
            .init("n.status", of: mapping, where: "n.status = 'PENDING'"), walking: walksTable ? mapping : nil,
            backwards: backwards, on: connection)
    }

    @Test("every row is visited once, in order, however far apart they are", arguments: [false, true], [false, true])
    func all(_ walksTable: Bool, _ backwards: Bool) throws {
        let connection = try SQLiteConnection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let walk = try walk(connection, walksTable: walksTable, backwards: backwards)
        var visited: [Int64] = []
        let isWhole = try walk.each { row in
            visited.append(row.integer(0))
            return .more
        }
        #expect(isWhole)
        #expect(visited == (backwards ? expected.reversed() : expected))
    }

    @Test("it ends when enough rows were visited", arguments: [false, true])
    func some(_ walksTable: Bool) throws {
        let connection = try SQLiteConnection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let walk = try walk(connection, walksTable: walksTable, backwards: false)
        var visited = 0
        let isWhole = try walk.each(atMost: 4000) { _ in
            visited += 1
            return .more
        }
        #expect(!isWhole)
        #expect(visited == 4000)
    }

    @Test("between two steps nothing is locked")
    func unlocked() throws {
        let fixture = Fixture(journal: "DELETE")
        fixture.addPending(1...3000)
        _ = try fixture.open()
        let connection = try SQLiteConnection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let mapping = try TableInspection(database: connection, configuration: fixture.configuration).mapping()
        let walk = try DueQueries(mapping, on: connection).walk(on: connection)
        let step = try walk.step(in: .all, atMost: 10) { _ in .more }
        #expect((1...10).contains(step.reached?.rowid ?? 0), "time may end it sooner")
        #expect(!step.isEnd)
        fixture.set("m1", "SENT")
        #expect(fixture.status("m1") == "SENT")
    }
}

/// What only a table of many rows shows. By themselves: they take a sanitizer minutes, and use no thread that the others
/// do not.
@Suite struct LargeTableTests {
    @Test("ten thousand waiting rows do not keep a new one out")
    func tenThousandWaitingRowsDoNotKeepANewOneOut() async throws {
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

    @Test("ten thousand overdue rows do not keep a new one out")
    func tenThousandOverdueRowsDoNotKeepANewOneOut() async throws {
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

    @Test("a long stretch of rows that are not due is crossed in bounded steps")
    func aLongStretchOfRowsThatAreNotDueIsCrossedInBoundedSteps() async throws {
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
    @Test("what lies between the ends of a large backlog is estimated")
    func whatLiesBetweenTheEndsOfALargeBacklogIsEstimated() async throws {
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
        #expect(stretches.first?.first.milliseconds == start)
        #expect(stretches.first?.rowsSince == 60_000)
        // What was not seen is one stretch, between both ends.
        let between = try #require(stretches.max { $0.messages < $1.messages })
        #expect((9_900...10_100).contains(between.messages))
        #expect((34_900...35_100).contains(try #require(between.rowsSince)))
    }

    /// One fewer than would be looked at: what both ends see is all there is, and nothing is counted twice.
    @Test("a backlog that both ends see is whole")
    func aBacklogThatBothEndsSeeIsWhole() async throws {
        let fixture = Fixture()
        fixture.addPending(1...40_000)
        let survey = try #require(try await fixture.open().survey(at: now))
        #expect(survey.isWhole)
        #expect(survey.messages == 40_000)
    }
}
