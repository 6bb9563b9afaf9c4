internal import Reconciliation

/// What a sweep has heard and cannot judge before its end. A temporary table: it grows with what was heard but not in
/// memory, costs no write to the database, and is gone with the connection.
///
/// A channel that is heard of twice, in flight and failed, stays both, and so in flight: two channels can have one
/// service type.
final class ScanBuffer {
    private let insert: any PreparedStatement
    private let count: any PreparedStatement
    private let read: any PreparedStatement
    private let empty: any PreparedStatement
    private let database: SQLiteConnection

    init() throws {
        database = try SQLiteConnection(path: "", access: .readWrite, busyTimeout: .zero)
        try database.execute(
            """
            CREATE TABLE heard (
                message_key TEXT NOT NULL,
                service_type TEXT NOT NULL,
                code TEXT NOT NULL,
                text TEXT,
                reported_at INTEGER,
                asked_at INTEGER NOT NULL,
                PRIMARY KEY (message_key, service_type, code)
            ) WITHOUT ROWID
            """)
        insert = try database.prepare("INSERT OR REPLACE INTO heard VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        count = try database.prepare("SELECT 1 FROM heard WHERE message_key = ?1 LIMIT 1")
        read = try database.prepare(
            """
            SELECT message_key, service_type, code, text, reported_at, asked_at FROM heard
            WHERE message_key IN (
                SELECT DISTINCT message_key FROM heard WHERE message_key > ?1
                ORDER BY message_key LIMIT ?2)
            ORDER BY message_key, service_type
            """)
        empty = try database.prepare("DELETE FROM heard")
    }

    /// - Returns: messages not heard of before.
    func add(_ heard: [ScannedReport]) throws -> Int {
        try database.read {
            var new = 0
            for one in heard {
                let key = SQLValue(one.entry.key)
                if try count.first(key, read: { _ in true }) == nil { new += 1 }
                try insert.run(
                    key, .text(one.entry.serviceType ?? ""), .text(one.entry.code?.text ?? ""),
                    SQLValue(one.entry.text),
                    SQLValue(one.entry.reportedAt), SQLValue(one.askedAt))
            }
            return new
        }
    }

    func read(past key: MessageKey?, limit: Int) throws -> [ScannedReport] {
        try read.all(.text(key?.text ?? ""), SQLValue(limit)) { row in
            let type = row.text(1) ?? ""
            return ScannedReport(
                ReportEntry(
                    key: MessageKey(row.text(0) ?? ""), serviceType: type.isEmpty ? nil : type,
                    code: row.text(2).flatMap(ReportCode.init), text: row.text(3), reportedAt: row.time(4)),
                askedAt: row.time(5) ?? Timestamp(milliseconds: 0))
        }
    }

    func clear() throws {
        try empty.run()
    }
}
