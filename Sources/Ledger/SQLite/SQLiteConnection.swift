internal import CSQLite
internal import Engine
internal import Glibc
internal import Reconciliation

/// One connection to a database file, without a lock of its own: its owner uses it on one queue.
final class SQLiteConnection {
    enum Access {
        case readOnly
        case readWrite
    }

    let handle: OpaquePointer
    /// What others are left of the database.
    private var pace = WritingPace()
    /// Of the data, after the last writing.
    private var lastVersion: Int64?
    /// With so many pages in the write-ahead log it is copied into the database: while others write, and while nobody does
    /// (SQLite's own default).
    private static let logPagesBeside = 250
    private static let logPagesAlone = 1000
    private var logPages = 0
    private var statements: [String: any PreparedStatement] = [:]
    private let waiting: Waiting
    let path: String
    private let busyTimeout: Duration

    /// - Parameter patience: ends all waiting, however long the busy timeout is; nil where nothing does.
    init(path: String, access: Access, busyTimeout: Duration, patience: Patience? = nil) throws(SQLiteError) {
        let flags =
            switch access {
            case .readOnly: SQLITE_OPEN_READONLY
            case .readWrite: SQLITE_OPEN_READWRITE
            }
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle else {
            let error = SQLiteError(handle, code: code)
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
        self.path = path
        self.busyTimeout = busyTimeout
        waiting = Waiting(timeout: busyTimeout, patience: patience)
        waiting.begin(handle)
        // In place of SQLite's own automatic checkpoint.
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { preconditionFailure("SQLite lost the hook's context") }
                Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
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
    func promiseNotToWrite() throws(SQLiteError) {
        _ = bizgo_sqlite3_leave_log(handle)
        try execute("PRAGMA query_only = ON")
    }

    /// Runs statements whose rows do not matter.
    func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError(handle, code: code, sql: sql) }
    }

    /// Lets others write, then takes the write lock, waiting for it no longer than the busy timeout; all or nothing.
    /// - Parameter messages: that are written, for `pace`; 0 where it is about something else.
    func write<Value>(messages: Int, _ body: () throws -> Value) throws -> Value {
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
    /// writing (`portion`).
    func read<Value>(_ body: () throws -> Value) throws -> Value {
        try statement("BEGIN").run()
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

    /// What a `pragma` or another question of SQLite's own answers in its first column.
    func value(_ sql: String) throws -> String? { try statement(sql).first { $0.text(0) } ?? nil }

    /// Whether the operating system let it be opened for reading only, whatever was asked for.
    var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// Whether the path leads to another file by now, or to none: what is written here would be lost.
    var hasMoved: Bool {
        var moved: Int32 = 0
        return sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0
    }
}

extension SQLiteConnection {
    /// A database that is looked at before SQLite is: its own errors do not say what is wrong.
    static func open(
        _ path: String, writing: Bool, busyTimeout: Duration, patience: Patience? = nil
    ) throws -> SQLiteConnection {
        try DatabaseFile(path: path).check(writing: writing)
        let connection = try SQLiteConnection(
            path: path, access: writing ? .readWrite : .readOnly, busyTimeout: busyTimeout, patience: patience)
        guard writing else { return connection }
        try DatabaseFile(path: path).checkName(isOpen: true)
        guard !connection.isReadOnly else {
            throw LedgerError(.readOnly, "\(path) could be opened only for reading: check owner, mode and mount")
        }
        return connection
    }
}

extension SQLiteConnection: Database {
    var dialect: any Dialect { SQLiteDialect() }

    var room: Int { pace.room }

    var isStale: Bool { hasMoved }

    func prepare(_ sql: String) throws -> any PreparedStatement { try SQLiteStatement(self, sql) }

    func statement(_ sql: String) throws -> any PreparedStatement {
        if let known = statements[sql] { return known }
        let new = try prepare(sql)
        statements[sql] = new
        return new
    }

    func portion() -> Portion { Portion(time: .milliseconds(2)) }
    var itemsAtOnce: Int { 1 }

    func substitute(_ tables: [TableDefinition]) throws {
        for table in tables { try execute(SQLiteDialect().substitute(for: table)) }
    }

    func size() throws -> Int {
        let pages = try statement("PRAGMA main.page_count").first { $0.count(0) } ?? 0
        let pageSize = try statement("PRAGMA main.page_size").first { $0.count(0) } ?? 0
        return pages * pageSize
    }

    func hasPendingIndex(_ mapping: TableMapping) throws -> Bool {
        try PendingIndex(mapping: mapping).exists(on: self)
    }

    func makePendingIndex(_ mapping: TableMapping) throws {
        try PendingIndex(mapping: mapping).create(on: self)
    }

    func rowsToIndex(_ mapping: TableMapping) throws -> Int {
        try PendingIndex(mapping: mapping).rowsToRead(on: self)
    }

    /// A file has owners and modes, which are looked at before it is opened.
    func missingGrants(_ mapping: TableMapping, for rows: OwnRows) throws -> [String] { [] }

    func foreignKeyGaps(_ mapping: TableMapping) throws -> [String] {
        try read { try ForeignKeys(mapping: mapping, connection: self).gaps() }
    }

    func accessPath(of query: String, by column: String) throws -> AccessPath {
        try QueryPlan(query, on: self).path
    }

    /// SQLite does not say which foreign key it was, neither with the row nor at the end.
    func meaning(of error: any Error, _ mapping: TableMapping?) -> LedgerError {
        var error = error
        if var known = error as? SQLiteError, known.isOfForeignKey, let mapping,
            let keys = try? ForeignKeys(mapping: mapping, connection: self).explanation()
        {
            known.message = "foreign key: " + keys
            error = known
        }
        return LedgerError(error, path: path, busyTimeout: busyTimeout)
    }

    /// A statement that does not compile any more is wrong for every row.
    func rejection(_ error: any Error, of sql: String) throws -> any Error {
        guard let known = error as? SQLiteError, [SQLITE_ERROR, SQLITE_TOOBIG].contains(known.primaryCode) else {
            return error
        }
        _ = try prepare(sql)
        return LedgerError(
            .rowRejected,
            "\(known.message): the table cannot take the change: check its triggers, indexes and generated columns")
    }

    /// Opened anew, it makes tables that somebody has dropped, and says by name what else is missing.
    func wantsReopening(after error: any Error) -> Bool { (error as? SQLiteError)?.isAboutSchema == true }
}
