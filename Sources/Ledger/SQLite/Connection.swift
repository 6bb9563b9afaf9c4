internal import CSQLite
internal import Glibc
internal import Reconciliation

/// One connection to a database file, without a lock of its own: its owner uses it on one queue.
final class Connection {
    enum Access {
        case readOnly
        case readWrite
    }

    let handle: OpaquePointer
    /// What others are left of the database.
    private(set) var pace = WritingPace()
    /// Of the data, after the last writing.
    private var lastVersion: Int64?
    /// With so many pages in the write-ahead log it is copied into the database: while others write, and while nobody does
    /// (SQLite's own default).
    private static let logPagesBeside = 250
    private static let logPagesAlone = 1000
    private var logPages = 0
    private var statements: [String: Statement] = [:]
    private let waiting: Waiting

    /// - Parameter patience: ends all waiting, however long the busy timeout is; nil where nothing does.
    init(path: String, access: Access, busyTimeout: Duration, patience: Patience? = nil) throws(DatabaseError) {
        let flags =
            switch access {
            case .readOnly: SQLITE_OPEN_READONLY
            case .readWrite: SQLITE_OPEN_READWRITE
            }
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle else {
            let error = DatabaseError(handle, code: code)
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
        waiting = Waiting(timeout: busyTimeout, patience: patience)
        waiting.begin(handle)
        // In place of SQLite's own automatic checkpoint.
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { preconditionFailure("SQLite lost the hook's context") }
                Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
        _ = bizgo_sqlite3_set_defensive(handle)
        // What the application's triggers, indexes and constraints use is used here, too. This connection has no function
        // that could do harm, and SQLite's own that could are not let into any schema.
        try execute("PRAGMA trusted_schema = ON")
        try execute("PRAGMA foreign_keys = ON")
        try execute("PRAGMA synchronous = FULL")
    }

    deinit {
        statements.removeAll()
        waiting.end(handle)
        sqlite3_close_v2(handle)
    }

    /// From now on nothing is written, by its end either.
    func promiseNotToWrite() throws(DatabaseError) {
        _ = bizgo_sqlite3_leave_log(handle)
        try execute("PRAGMA query_only = ON")
    }

    /// Runs statements whose rows do not matter.
    func execute(_ sql: String) throws(DatabaseError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw DatabaseError(handle, code: code, sql: sql) }
    }

    /// Prepared at the first call and kept. For statements that run seldom; the others are held by their users.
    func statement(_ sql: String) throws(DatabaseError) -> Statement {
        if let known = statements[sql] { return known }
        let new = try Statement(self, sql)
        statements[sql] = new
        return new
    }

    /// By which the column's texts are compared.
    func collation(of column: String, in table: String) -> String {
        var name: UnsafePointer<CChar>?
        let code = sqlite3_table_column_metadata(handle, "main", table, column, nil, &name, nil, nil, nil)
        guard code == SQLITE_OK, let name else { return "BINARY" }
        return String(cString: name)
    }

    /// Lets others write, then takes the write lock, waiting for it no longer than the busy timeout; all or nothing.
    /// - Parameter messages: that are written, for `pace`; 0 where it is about something else.
    func write<Value>(messages: Int = 0, _ body: () throws -> Value) throws -> Value {
        let wait = pace.wait(at: .uptime)
        if wait > .zero { usleep(UInt32(wait / .microseconds(1))) }
        try statement("BEGIN IMMEDIATE").run()
        let begunAt = Duration.uptime
        var workedUntil = begunAt
        var version: Int64?
        let value = try ending {
            version = try dataVersion()
            let value = try body()
            workedUntil = .uptime
            return value
        }
        let endedAt = Duration.uptime
        pace.ended(
            messages: messages, work: workedUntil - begunAt, commit: endedAt - workedUntil,
            othersWrote: lastVersion != nil && version != lastVersion, at: endedAt)
        lastVersion = version
        keepLogShort()
        return value
    }

    /// Copies the write-ahead log into the database, without keeping anybody from writing. Early while others write: who
    /// commits when it is long, be it the application, copies all of it.
    private func keepLogShort() {
        guard logPages >= (pace.isBeside ? Self.logPagesBeside : Self.logPagesAlone) else { return }
        logPages = 0
        // What cannot be copied now is copied another time.
        sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }

    /// Several queries about one state of the database. Short: without a write-ahead log a reader keeps all others from
    /// writing (`TimeSlice`).
    func read<Value>(_ body: () throws -> Value) throws -> Value {
        try transaction("BEGIN", body)
    }

    /// Reads something about each, in transactions of a `TimeSlice`.
    /// - Parameter begin: called at the beginning of each of them: others may have written before it.
    func read<Items: Collection>(
        each items: Items, beginning begin: () -> Void = {}, _ body: (Items.Element) throws -> Void
    ) throws {
        var rest = items[...]
        while !rest.isEmpty {
            try read {
                let slice = TimeSlice()
                begin()
                repeat {
                    try body(rest.removeFirst())
                } while !rest.isEmpty && !slice.isOver
            }
        }
    }

    /// Writes to temporary tables only: takes no lock on the database.
    func note<Value>(_ body: () throws -> Value) throws -> Value {
        try transaction("BEGIN", body)
    }

    private func transaction<Value>(_ begin: String, _ body: () throws -> Value) throws -> Value {
        try statement(begin).run()
        return try ending(body)
    }

    /// Ends the transaction that has begun.
    private func ending<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            let value = try body()
            try statement("COMMIT").run()
            return value
        } catch {
            // Some errors (a full disk) have rolled back already. The error that led here is the one to report.
            if sqlite3_get_autocommit(handle) == 0 { _ = try? statement("ROLLBACK").run() }
            throw error
        }
    }

    /// Another one than before once another connection has written.
    private func dataVersion() throws -> Int64? {
        try statement("PRAGMA main.data_version").first { $0.integer(0) }
    }

    /// Whether the operating system let it be opened for reading only, whatever was asked for.
    var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// Whether the path leads to another file by now, or to none: what is written here would be lost.
    var hasMoved: Bool {
        var moved: Int32 = 0
        return sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0
    }
}
