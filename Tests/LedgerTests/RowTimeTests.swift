import Engine
import Ledger
import Reconciliation
import Testing

/// In which form `updated_at` is written: the row's own, so that the application's driver reads it.
@Suite struct RowTimeTests {
    private static func table(created: String = "", updated: String = "", _ options: String = "") -> String {
        """
        CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, status TEXT NOT NULL,
            service_type TEXT, report_code TEXT, error_message TEXT, created_at \(created), updated_at \(updated)) \(options)
        """
    }

    /// - Returns: what is written 518 ms after `now` (2027-01-15T17:00:00+09:00), and its type.
    private func written(_ fixture: Fixture, created: String, updated: String) async throws -> [String?] {
        fixture.raw.run(
            """
            INSERT INTO notification_history (external_id, status, created_at, updated_at)
            VALUES ('m1', 'PENDING', \(created), \(updated))
            """)
        let ledger = try fixture.open()
        let message = try #require(try await ledger.dueMessage("m1"))
        #expect(try await ledger.commit([message.delivered()], at: now + .milliseconds(518)).applied.count == 1)
        return fixture.raw.rows("SELECT updated_at, typeof(updated_at) FROM notification_history")[0]
    }

    @Test(
        "the form of the old updated_at, else of the time of acceptance, else the configured one",
        arguments: [
            ("'2027-01-15 15:00:00.250'", "NULL", "2027-01-15 17:00:00.518", "text"),
            ("'2027-01-15 15:00:00'", "'2027-01-15T06:00:00.123456Z'", "2027-01-15T08:00:00.518000Z", "text"),
            ("'2027-01-15 15:00:00'", "'soon'", "2027-01-15 17:00:00", "text"),
            ("'2027-01-15 15:00:00'", "''", "2027-01-15 17:00:00", "text"),
            ("'2027-01-15 15:00:00'", "'1970-01-01T00:00:00Z'", "2027-01-15T08:00:00Z", "text"),
            ("'soon'", "NULL", "2027-01-15T17:00:00+09:00", "text"),
            ("'2027-01-15 15:00:00'", "1799992800000", "1800000000518", "integer"),
            ("'2027-01-15 15:00:00'", "1799992800", "1800000000", "integer"),
            ("'2027-01-15 15:00:00'", "1799992800000000", "1800000000518000", "integer"),
            ("'2027-01-15 15:00:00'", "1799992800.25", "1800000000.518", "real"),
            ("'2027-01-15 15:00:00'", "0", "1800000000", "integer"),
            ("'2027-01-15 15:00:00'", "'1799992800'", "1800000000", "text"),
            ("'2027-01-15 15:00:00'", "'1799992800.123456'", "1800000000.518000", "text"),
            ("'2027-01-15 15:00:00'", "'1799992800000'", "1800000000518", "text"),
            ("'2027-01-15 15:00:00'", "'20270115150000'", "2027-01-15 17:00:00", "text"),
            ("1799992800000", "NULL", "1800000000518", "integer"),
        ])
    func form(created: String, updated: String, expected: String, type: String) async throws {
        let fixture = Fixture(table: Self.table())
        #expect(try await written(fixture, created: created, updated: updated) == [expected, type])
    }

    @Test(
        "a column of numbers gets numbers, also where the table is strict and whatever stands beside it",
        arguments: [
            ("TEXT", "INTEGER", "STRICT", "'2027-01-15 15:00:00'", "NULL", .iso8601, "1800000000", "integer"),
            (
                "TEXT", "INTEGER", "", "'2027-01-15 15:00:00'", "'2027-01-15T15:00:00+09:00'", .iso8601, "1800000000",
                "integer"
            ),
            ("INTEGER", "INTEGER", "STRICT", "1799992800000", "NULL", .unixMilliseconds, "1800000000518", "integer"),
            ("INTEGER", "BIGINT", "", "0", "NULL", .unixMilliseconds, "1800000000518", "integer"),
            ("REAL", "INT", "STRICT", "1799992800.25", "NULL", .unix, "1800000000", "integer"),
            ("REAL", "REAL", "STRICT", "1799992800.25", "NULL", .unix, "1800000000.518", "real"),
            ("TEXT", "DOUBLE", "", "'2027-01-15 15:00:00'", "NULL", .iso8601, "1800000000.518", "real"),
            ("TEXT", "DECIMAL(20)", "", "'2027-01-15 15:00:00'", "NULL", .iso8601, "1800000000", "integer"),
            ("TEXT", "TIMESTAMP", "", "'2027-01-15 15:00:00.1'", "NULL", .iso8601, "2027-01-15 17:00:00.5", "text"),
            ("TEXT", "TEXT", "STRICT", "'2027-01-15 15:00:00'", "NULL", .iso8601, "2027-01-15 17:00:00", "text"),
        ] as [(String, String, String, String, String, LedgerConfiguration.TimeFormat, String, String)])
    func column(
        created: String, updated: String, options: String, accepted: String, before: String,
        format: LedgerConfiguration.TimeFormat, expected: String, type: String
    ) async throws {
        let fixture = Fixture(table: Self.table(created: created, updated: updated, options)) { $0.timeFormat = format }
        #expect(try await written(fixture, created: accepted, updated: before) == [expected, type])
    }

    @Test("without an offset it is the wall clock of the table's time zone")
    func timeZone() async throws {
        let fixture = Fixture(table: Self.table()) { $0.utcOffset = -12_600 }
        #expect(
            try await written(fixture, created: "'2027-01-15 01:00:00'", updated: "NULL") == [
                "2027-01-15 04:30:00", "text",
            ])
    }

    @Test("rows that are written together have each their own form, the one before the other")
    func together() async throws {
        let fixture = Fixture(table: Self.table())
        fixture.raw.run(
            """
            INSERT INTO notification_history (external_id, status, created_at, updated_at) VALUES
                ('m1', 'PENDING', '2027-01-15 15:00:00', NULL), ('m2', 'PENDING', '2027-01-15 15:00:00', NULL),
                ('m3', 'PENDING', '2027-01-15 15:00:00', 1799992800), ('m4', 'PENDING', '2027-01-15T06:00:00Z', NULL)
            """)
        let ledger = try fixture.open()
        let messages = try await ledger.walk().sorted { $0.key < $1.key }
        let first = messages.prefix(3).map { $0.delivered() }
        _ = try await ledger.commit(first, at: now)
        _ = try await ledger.commit(messages.dropFirst(3).map { $0.delivered() }, at: now + .seconds(1))
        #expect(
            fixture.raw.rows("SELECT updated_at FROM notification_history ORDER BY id").map { $0[0] } == [
                "2027-01-15 17:00:00", "2027-01-15 17:00:00", "1800000000", "2027-01-15T08:00:01Z",
            ])
    }

    @Test("a requeued row keeps its form")
    func requeue() async throws {
        let fixture = Fixture(table: Self.table())
        fixture.raw.run(
            """
            INSERT INTO notification_history (external_id, status, created_at, updated_at)
            VALUES ('m1', 'DEAD_LETTER', '2027-01-15 15:00:00.250', NULL)
            """)
        _ = try await fixture.open().requeue([MessageKey("m1")], at: now)
        #expect(fixture.raw.value("SELECT updated_at FROM notification_history") == "2027-01-15 17:00:00.000")
    }
}
