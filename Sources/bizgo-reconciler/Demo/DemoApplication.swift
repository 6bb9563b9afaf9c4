internal import BizgoSimulator
internal import CSQLite
internal import Dispatch
internal import FoundationEssentials
internal import Reconciliation

/// The application in the demo: it sends, keeps a row for each message, and turns the row when a webhook comes.
///
/// `@unchecked Sendable`: the database handle is used on `queue` only.
final class DemoApplication: @unchecked Sendable {
    private let queue = DispatchQueue(label: "demo-application")
    private let database: OpaquePointer

    /// - Parameter path: of a database with the default table.
    init?(database path: String) {
        var handle: OpaquePointer?
        guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK, let handle
        else { return nil }
        sqlite3_busy_timeout(handle, 5000)
        database = handle
    }

    deinit {
        sqlite3_close_v2(database)
    }

    /// Notes messages that the provider has accepted.
    func accepted(_ keys: [String], at time: Timestamp) {
        let rows = keys.map { "('\($0)', 'PENDING', 'ALIMTALK', '\(time.iso8601(offset: KoreanTime.offset))')" }
        execute(
            "INSERT INTO notification_history (external_id, status, service_type, created_at) VALUES "
                + rows.joined(separator: ","))
    }

    /// A webhook: what the application did before there was a reconciler, and still does.
    func received(_ report: WebhookReceiver.Report) -> Bool {
        let status = report.code == "10000" ? "SENT" : "DEAD_LETTER"
        return execute(
            """
            UPDATE notification_history SET status = '\(status)', report_code = '\(report.code)'
            WHERE external_id = '\(report.msgKey)' AND status = 'PENDING'
            """)
    }

    /// The table's counts: pending, sent, dead letters.
    func counts() -> (pending: Int, sent: Int, deadLetters: Int) {
        (count("PENDING"), count("SENT"), count("DEAD_LETTER"))
    }

    @discardableResult
    private func execute(_ sql: String) -> Bool {
        queue.sync { sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK }
    }

    private func count(_ status: String) -> Int {
        queue.sync {
            var statement: OpaquePointer?
            sqlite3_prepare_v2(
                database, "SELECT count(*) FROM notification_history WHERE status = '\(status)'", -1, &statement, nil)
            defer { sqlite3_finalize(statement) }
            return sqlite3_step(statement) == SQLITE_ROW ? Int(sqlite3_column_int64(statement, 0)) : 0
        }
    }
}
