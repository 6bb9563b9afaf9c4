package import Engine
internal import Glibc
internal import Reconciliation

extension SQLiteLedger {
    /// Makes the default table and the reconciler's own in a missing or empty file, with a write-ahead log.
    /// - Throws: when the file holds anything already, or cannot be made. What was there is left as it is.
    package static func initializeDatabase(at path: String) throws(LedgerError) {
        let isNew = try makeFile(at: path)
        do {
            try fill(path)
        } catch {
            if isNew { for suffix in DatabaseFiles.suffixes { unlink(path + suffix) } }
            throw LedgerError(error, path: path, busyTimeout: .seconds(5))
        }
    }

    private static let defaultTable = """
        CREATE TABLE notification_history (
          id            INTEGER PRIMARY KEY,
          external_id   TEXT UNIQUE,                      -- msgKey; NULL until accepted
          status        TEXT NOT NULL DEFAULT 'PENDING',  -- PENDING | SENT | DEAD_LETTER
          service_type  TEXT,
          report_code   TEXT,
          error_message TEXT,
          created_at    TEXT NOT NULL,                    -- when it was accepted
          updated_at    TEXT
        )
        """

    /// - Returns: true when the file was not there before.
    private static func makeFile(at path: String) throws(LedgerError) -> Bool {
        // Whether a message was sent to somebody is nobody else's business: not readable by all.
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP)
        if descriptor >= 0 {
            Glibc.close(descriptor)
            return true
        }
        guard errno == EEXIST else {
            throw LedgerError(
                errno == ENOENT || errno == ENOTDIR ? .unusable : .readOnly,
                "\(path) cannot be made: \(DatabaseFile.systemWords): the folder must be there and writable")
        }
        try DatabaseFile(path: path).check(writing: true)
        return false
    }

    private static func fill(_ path: String) throws {
        let connection = try Connection(path: path, access: .readWrite, busyTimeout: .seconds(5))
        let names = try connection.statement("SELECT name FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*' LIMIT 5")
            .all { $0.text(0) ?? "" }
        guard names.isEmpty else {
            throw LedgerError(
                .unusable,
                "\(path) is not empty, it holds \(names.joined(separator: ", ")): `init-db` fills only a missing or"
                    + " empty file; nothing was changed")
        }
        try connection.execute("PRAGMA journal_mode = WAL")
        try connection.write { try connection.execute(defaultTable) }
        _ = try Migration.run(on: connection, path: path)
    }
}
