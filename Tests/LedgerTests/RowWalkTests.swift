@testable import Ledger
import Reconciliation
import Testing

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

    private func walk(_ connection: Connection, walksTable: Bool, backwards: Bool) throws -> RowWalk {
        let mapping = try TableInspection(connection: connection, configuration: fixture.configuration).mapping()
        return try RowWalk(
            """
            SELECT n.rowid FROM notification_history AS n WHERE n.status = 'PENDING' AND n.rowid >= ?1 AND n.rowid <= ?2
            ORDER BY n.rowid\(backwards ? " DESC" : "") LIMIT ?3
            """, mapping, walksTable: walksTable, backwards: backwards, on: connection)
    }

    @Test("every row is visited once, in order, however far apart they are", arguments: [false, true], [false, true])
    func all(_ walksTable: Bool, _ backwards: Bool) throws {
        let connection = try Connection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
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
        let connection = try Connection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let walk = try walk(connection, walksTable: walksTable, backwards: false)
        var visited = 0
        let isWhole = try walk.each(atMost: 4000) { _ in
            visited += 1
            return .more
        }
        #expect(!isWhole && visited == 4000)
    }

    @Test("between two steps nothing is locked")
    func unlocked() throws {
        let fixture = Fixture(journal: "DELETE")
        fixture.addPending(1...3000)
        _ = try fixture.open()
        let connection = try Connection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let mapping = try TableInspection(connection: connection, configuration: fixture.configuration).mapping()
        let walk = try DueQueries(mapping, on: connection).walk(mapping, on: connection)
        let step = try walk.step(in: .min ... .max, atMost: 10) { _ in .more }
        #expect(step.reached == 10 && !step.isEnd)
        fixture.set("m1", "SENT")
        #expect(fixture.status("m1") == "SENT")
    }
}
