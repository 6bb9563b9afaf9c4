internal import CSQLite
internal import Engine
internal import Reconciliation

/// SQLite's online backup: page by page, while others read and write.
struct OnlineBackup {
    /// The database is to blame, not the copy.
    struct SourceError: Error {
        var cause: any Error
    }

    let from: String
    /// An empty file.
    let to: String
    let busyTimeout: Duration

    init(from: String, to: String, busyTimeout: Duration) {
        self.from = from
        self.to = to
        self.busyTimeout = busyTimeout
    }

    /// 4 MiB of usual pages: a few milliseconds in which a writer without a write-ahead log must wait.
    private static let pagesInStep: Int32 = 1024
    private static let mostAttempts = 20

    /// - Throws: `SourceError`, or what is wrong with the copy.
    func copy(_ progress: (Double) -> Void) throws {
        try copyPages(progress)
        try check()
    }

    private func copyPages(_ progress: (Double) -> Void) throws {
        let source = try ofSource { try Connection(path: from, access: .readOnly, busyTimeout: busyTimeout) }
        let target = try Connection(path: to, access: .readWrite, busyTimeout: busyTimeout)
        // A copy that is interrupted is thrown away, and the whole file is synchronized in the end.
        try target.execute("PRAGMA journal_mode = OFF")
        try target.execute("PRAGMA synchronous = OFF")
        guard try ofSource({ try source.statement("PRAGMA journal_mode").first { $0.text(0) } }) == "wal" else {
            return try step(source, target, progress)
        }
        // A reader of a write-ahead log keeps nobody waiting, so that one state can be copied in peace.
        try source.read {
            _ = try ofSource { try source.statement("SELECT count(*) FROM sqlite_schema").first { $0.count(0) } }
            try step(source, target, progress)
        }
    }

    /// Without a write-ahead log, a write by somebody else between two steps makes the copy begin anew.
    private func step(_ source: Connection, _ target: Connection, _ progress: (Double) -> Void) throws {
        guard let backup = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
            throw DatabaseError(target.handle, code: SQLITE_ERROR)
        }
        var attempts = 1
        var remaining = Int32.max
        var code = SQLITE_OK
        while code == SQLITE_OK, attempts <= Self.mostAttempts {
            code = sqlite3_backup_step(backup, Self.pagesInStep)
            let left = sqlite3_backup_remaining(backup)
            if left > remaining { attempts += 1 }
            remaining = left
            progress(1 - Double(left) / Double(max(1, sqlite3_backup_pagecount(backup))))
        }
        sqlite3_backup_finish(backup)
        guard code != SQLITE_DONE else { return }
        guard code != SQLITE_OK else { throw SourceError(cause: isTooBusy) }
        let error = DatabaseError(target.handle, code: code)
        throw Self.isOfSource(code) ? SourceError(cause: error) : error
    }

    /// A damaged page is copied as faithfully as any other; a backup that cannot be used is none.
    private func check() throws {
        let copy = try Connection(path: to, access: .readWrite, busyTimeout: busyTimeout)
        let found = try ofSource { try copy.statement("PRAGMA quick_check(1)").first { $0.text(0) ?? "" } }
        guard found == "ok" else {
            throw SourceError(
                cause: LedgerError(
                    .damaged,
                    "\(from) is damaged, and so was the copy, which was not kept: stop the application and restore an"
                        + " earlier backup, or salvage it with `sqlite3 \(from) .recover`"))
        }
    }

    private var isTooBusy: LedgerError {
        LedgerError(
            .busy,
            "\(from) was written to \(Self.mostAttempts) times while it was copied: try again at a quieter time, or give"
                + " it a write-ahead log (PRAGMA journal_mode=WAL), which can be copied at any time")
    }

    private func ofSource<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw SourceError(cause: error) }
    }

    private static func isOfSource(_ code: Int32) -> Bool {
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_CORRUPT, SQLITE_NOTADB: true
        // SQLITE_IOERR_READ and SQLITE_IOERR_SHORT_READ, whose macros Swift cannot see.
        case SQLITE_IOERR: [1 << 8, 2 << 8].contains(code & 0xff00)
        default: false
        }
    }
}
