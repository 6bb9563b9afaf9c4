import Engine
import Ledger
import Reconciliation
import Testing

/// Rows that the application left to us to write.
@Suite struct RecordTests {
    private let keys = ["K1", "K2"].map { MessageKey($0) }

    @discardableResult
    private func record(
        _ fixture: Fixture, _ keys: [String], serviceType: String? = nil, at time: Timestamp = now
    ) async throws -> RecordResult {
        try await fixture.open().record(keys.map { MessageKey($0) }, serviceType: serviceType, at: time)
    }

    @Test("an accepted message has a pending row, once")
    func anAcceptedMessageHasAPendingRowOnce() async throws {
        let fixture = Fixture()
        let result = try await record(fixture, ["K1", "K2", "K1"])
        #expect(result.recorded == keys)
        #expect(result.known == [])
        let rows = fixture.raw.rows(
            "SELECT external_id, status, service_type, created_at, updated_at FROM notification_history")
        let time = "2027-01-15T17:00:00+09:00"
        #expect(rows == [["K1", "PENDING", nil, time, time], ["K2", "PENDING", nil, time, time]])
        fixture.set("K1", "SENT")
        let again = try await record(fixture, ["K1", "K3"], serviceType: "ALIMTALK")
        #expect(again.known == [MessageKey("K1")])
        #expect(again.recorded == [MessageKey("K3")])
        #expect(fixture.status("K1") == "SENT")
        #expect(
            fixture.raw.value("SELECT service_type FROM notification_history WHERE external_id = 'K3'") == "ALIMTALK")
    }

    @Test("a recorded message is due once it is old enough")
    func aRecordedMessageIsDue() async throws {
        let fixture = Fixture()
        try await record(fixture, ["K1"])
        #expect(try await fixture.open().walk(at: now + .minutes(5)).isEmpty)
        let due = try await fixture.open().walk(at: now + .minutes(11))
        #expect(due.map(\.key.text) == ["K1"])
        #expect(due.first?.acceptedAt == now)
    }

    @Test(
        "times have the form of the newest row's",
        arguments: [
            ("2027-01-15 16:00:00", "2027-01-15 17:00:00"),
            ("2027-01-15T07:00:00.123456Z", "2027-01-15T08:00:00.000000Z"),
            ("not a time", "2027-01-15T17:00:00+09:00"),
        ])
    func timesHaveTheFormOfTheNewestRows(_ before: String, _ written: String) async throws {
        let fixture = Fixture()
        fixture.raw.run("INSERT INTO notification_history (external_id, created_at) VALUES ('old', '\(before)')")
        try await record(fixture, ["K1"])
        let row = fixture.raw.rows(
            "SELECT created_at, updated_at FROM notification_history WHERE external_id = 'K1'")
        #expect(row == [[written, written]])
    }

    @Test("numbers where the table has numbers, words where it has other words")
    func numbersWhereTheTableHasNumbers() async throws {
        let fixture = Fixture(
            table: """
                CREATE TABLE sends (message TEXT PRIMARY KEY NOT NULL, state INTEGER NOT NULL, accepted INTEGER NOT NULL,
                    code TEXT NOT NULL, due INTEGER NOT NULL, kind TEXT NOT NULL DEFAULT 'talk')
                """
        ) {
            $0.table = "sends"
            $0.columns.messageKey = "message"
            $0.columns.status = "state"
            $0.columns.acceptedAt = "accepted"
            $0.columns.scheduledAt = "due"
            $0.columns.serviceType = "kind"
            $0.columns.reportCode = "code"
            $0.columns.errorMessage = nil
            $0.columns.updatedAt = nil
            $0.columns.id = nil
            $0.statuses.pending = "1"
            $0.statuses.sent = "2"
            $0.statuses.deadLetter = "3"
            $0.timeFormat = .unix
        }
        try await record(fixture, ["K1"])
        #expect(
            fixture.raw.rows("SELECT message, state, accepted, code, due, kind, typeof(accepted) FROM sends")
                == [["K1", "1", "1800000000", "", "1800000000", "talk", "integer"]])
    }

    @Test("a column that only the application can fill is named")
    func aColumnThatOnlyTheApplicationCanFillIsNamed() async throws {
        let fixture = Fixture(
            table: """
                CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, status TEXT NOT NULL,
                    service_type TEXT NOT NULL, report_code TEXT, error_message TEXT, created_at TEXT NOT NULL,
                    updated_at TEXT, customer TEXT NOT NULL, note TEXT NOT NULL DEFAULT '')
                """)
        let error = await #expect(throws: LedgerError.self) { try await record(fixture, ["K1"], serviceType: "SMS") }
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("wants a value in column customer (NOT NULL") == true)
        let both = await #expect(throws: LedgerError.self) { try await record(fixture, ["K1"]) }
        #expect(both?.message.contains("columns service_type, customer") == true)
        #expect(fixture.raw.count("SELECT count(*) FROM notification_history") == 0)
    }

    @Test("all or none: a row that the table refuses")
    func allOrNone() async throws {
        let fixture = Fixture(
            table: """
                CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT UNIQUE
                    CHECK (external_id <> 'K2'), status TEXT NOT NULL, service_type TEXT, report_code TEXT,
                    error_message TEXT, created_at TEXT NOT NULL, updated_at TEXT)
                """)
        let error = await #expect(throws: LedgerError.self) { try await record(fixture, ["K1", "K2"]) }
        #expect(error?.kind == .rowRejected)
        #expect(fixture.raw.count("SELECT count(*) FROM notification_history") == 0)
    }

    @Test("without an index on the key nothing is recorded")
    func withoutAnIndexOnTheKey() async throws {
        let fixture = Fixture(table: Fixture.table.replacing("TEXT UNIQUE", with: "TEXT"))
        let error = await #expect(throws: LedgerError.self) { try await record(fixture, ["K1"]) }
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("CREATE INDEX") == true)
    }

    @Test("a report that came before its row is looked at in the next cycle")
    func aReportThatCameBeforeItsRow() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        let entry = ReportEntry(key: keys[0], code: ReportCode("10000"), text: nil, reportedAt: now)
        let parked = ParkedReports([entry], isMatched: false, receivedAt: now, tries: 3, tryAt: now + .hours(6))
        _ = try await ledger.apply([ReportDecision(keys[0], nil, kept: parked, read: nil)], at: now)
        #expect(try await ledger.reportsToRetry(at: now, limit: 10).isEmpty)
        _ = try await ledger.record(keys, serviceType: nil, at: now)
        #expect(try await ledger.reportsToRetry(at: now, limit: 10).map(\.key) == [keys[0]])
    }
}
