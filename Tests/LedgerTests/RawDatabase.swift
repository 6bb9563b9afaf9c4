import CSQLite

/// The application's side of the database, by means of its own: nothing here is shared with the code under test.
final class RawDatabase {
    private let handle: OpaquePointer

    init(_ path: String) {
        var handle: OpaquePointer?
        guard sqlite3_open(path, &handle) == SQLITE_OK, let handle else { preconditionFailure("cannot open \(path)") }
        self.handle = handle
        sqlite3_busy_timeout(handle, 5000)
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    func run(_ sql: String) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
            preconditionFailure("\(String(cString: sqlite3_errmsg(handle))) in \(sql)")
        }
    }

    /// Every column as text.
    func rows(_ sql: String) -> [[String?]] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
            preconditionFailure("\(String(cString: sqlite3_errmsg(handle))) in \(sql)")
        }
        defer { sqlite3_finalize(statement) }
        var rows: [[String?]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append(
                (0..<sqlite3_column_count(statement)).map { column in
                    sqlite3_column_text(statement, column).map { String(cString: $0) }
                })
        }
        return rows
    }

    func value(_ sql: String) -> String? { rows(sql).first?.first ?? nil }

    func count(_ sql: String) -> Int { value(sql).flatMap { Int($0) } ?? 0 }
}
