import Engine
@testable import Ledger
import Reconciliation
import Testing

/// Which row is meant by a key, where the table lets several rows answer to it.
@Suite struct ExactKeyTests {
    private func fixture(_ key: String, _ rows: [(String, String)]) -> Fixture {
        let fixture = Fixture(
            table: "CREATE TABLE notification_history (id INTEGER PRIMARY KEY, \(key), status TEXT, service_type TEXT,"
                + " report_code TEXT, error_message TEXT, created_at TEXT, updated_at TEXT)")
        fixture.raw.run("CREATE INDEX keys ON notification_history (external_id)")
        let time = (now - .hours(1)).iso8601()
        for (key, status) in rows {
            fixture.raw.run(
                """
                INSERT INTO notification_history (external_id, status, created_at)
                VALUES ('\(key)', '\(status)', '\(time)')
                """)
        }
        return fixture
    }

    @Test func anotherKeyThatTheColumnTakesForEqualIsNotMeant() async throws {
        let fixture = fixture("external_id TEXT COLLATE NOCASE", [("ABC", "DEAD_LETTER"), ("abc", "DEAD_LETTER")])
        let ledger = try fixture.open()
        let key = MessageKey("abc")
        #expect(try await ledger.message(key)?.message?.id == "2")
        #expect(try await ledger.requeue([key], at: now).requeued == [key])
        let statuses = fixture.raw.rows("SELECT status FROM notification_history ORDER BY id")
        #expect(statuses == [["DEAD_LETTER"], ["PENDING"]])
        #expect(try await ledger.known([key], at: now).map(\.message.row.rowid) == [2])
        #expect(try await ledger.reported([key]).map { $0.message?.row.rowid } == [2])
        #expect(try await ledger.message(MessageKey("aBc")) == nil)
        #expect(try await ledger.requeue([MessageKey("aBc")], at: now).notFound.map(\.text) == ["aBc"])
    }

    @Test func ofSeveralRowsThePendingOneIsMeant() async throws {
        let fixture = fixture("external_id TEXT", [("a", "SENT"), ("a", "DEAD_LETTER"), ("a", "PENDING")])
        let ledger = try fixture.open()
        let key = MessageKey("a")
        #expect(try await ledger.message(key)?.message?.id == "3")
        #expect(try await ledger.known([key], at: now).map(\.message.row.rowid) == [3])
        #expect(try await ledger.reported([key]).map { $0.message?.row.rowid } == [3])
        #expect(try await ledger.requeue([key], at: now).notDeadLetters == [key])
    }

    @Test(arguments: ["external_id TEXT", "external_id TEXT UNIQUE", "external_id TEXT COLLATE NOCASE"])
    func aRowIsFoundThroughTheIndexOnItsKey(_ column: String) throws {
        let fixture = fixture(column, [("a", "PENDING")])
        _ = try fixture.open()
        let connection = try Connection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let mapping = try TableInspection(connection: connection, configuration: fixture.configuration).mapping()
        let query = "SELECT n.\(mapping.rowid) FROM \(mapping.table) AS n \(mapping.whereKeyIs("?1"))"
        let lines = try QueryPlan(query, on: connection).lines
        #expect(lines.first?.hasPrefix("SEARCH n USING") == true, "\(lines)")
        #expect(lines.first?.hasSuffix("(external_id=?)") == true, "\(lines)")
    }
}
