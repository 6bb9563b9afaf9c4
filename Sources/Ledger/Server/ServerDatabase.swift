internal import Engine
internal import Glibc
internal import Reconciliation

/// A database at a server, by one connection that is made anew whenever it is lost.
///
/// A writing is one transaction, in this order:
///
/// 1. It locks the rows of the leases, so that nobody else of the reconciler's writes meanwhile; who works by a lease finds
///    itself there as owner, with its term, or writes nothing (`superseded`).
/// 2. It writes what is to be written.
/// 3. Who works by a lease notes a token that no other transaction has, in its own row of `reconciler_instance`.
/// 4. It commits. When the answer is lost on the way, the token tells whether it was committed, once the server can be
///    reached again. Where it cannot in time, the change is not made again.
///
/// What the server has rolled back (a deadlock, a serialization failure, a lost connection) is done again as a whole; a
/// reading once, as a table may have been altered since it began.
final class ServerDatabase {
    /// What it is opened for.
    enum Use: Hashable {
        case reading
        /// Commands that work beside a daemon.
        case writing
        /// Whoever works: checked with every transaction.
        case working(LeaseHold)
        /// The leases themselves, which others must be able to look at while somebody writes.
        case leases
    }

    private let kind: any ServerKind.Type
    private let server: ServerAddress
    private let limits: ServerLimits
    private let use: Use
    private let patience: Patience?
    private var connection: any ServerConnection
    private var isInTransaction = false
    private var statements: [String: ServerStatement] = [:]
    private var substitutes: [(name: String, selection: String)] = []
    private var described: TableDescription?

    /// Messages written in a transaction: others wait for their rows that long.
    private static let room = 100
    /// Rows of a query that are held in memory.
    private static let rowsAtOnce = 2_000
    private static let mostItems = 32
    private static let mostTries = 5
    /// For an index on the largest of tables.
    private static let longestWork = Duration.seconds(86_400)
    /// Between two tries to reach a server that has not said what became of a commit.
    private static let pause = Duration.milliseconds(200)

    init(
        _ kind: any ServerKind.Type, _ server: ServerAddress, _ limits: ServerLimits, for use: Use, patience: Patience?
    ) throws {
        self.kind = kind
        self.server = server
        self.limits = limits
        self.use = use
        self.patience = patience
        connection = try kind.connect(server, limits)
    }

    deinit {
        connection.close()
    }

    /// Runs a statement; outside a transaction again, where the connection is lost.
    func query(_ sql: String, _ values: [SQLValue] = []) throws -> ServerResult {
        let sql = completed(sql)
        guard !isInTransaction else { return try ask(sql, values) }
        try connect()
        do {
            return try ask(sql, values)
        } catch  where error.kind == .lost {
            try connect()
            return try ask(sql, values)
        }
    }

    /// A server that takes no writes any more has another in its place, maybe, by the same name.
    private func ask(_ sql: String, _ values: [SQLValue] = []) throws(ServerError) -> ServerResult {
        do {
            return try connection.query(sql, values)
        } catch {
            if error.kind == .lost || error.kind == .readOnly { connection.close() }
            throw error
        }
    }

    private func connect() throws(ServerError) {
        guard connection.isLost else { return }
        connection.close()
        connection = try kind.connect(server, limits)
    }

    /// With empty tables in place of those that are not there.
    private func completed(_ sql: String) -> String {
        guard !substitutes.isEmpty, sql.hasPrefix("SELECT") else { return sql }
        let used = substitutes.filter { sql.contains($0.name) }.map { "\($0.name) AS (\($0.selection))" }
        return used.isEmpty ? sql : "WITH \(used.joined(separator: ", ")) \(sql)"
    }
}

// MARK: Transactions

extension ServerDatabase {
    func write<Value>(messages: Int, _ body: () throws -> Value) throws -> Value {
        try repeating(Self.mostTries) { try writeOnce(body) }
    }

    func read<Value>(_ body: () throws -> Value) throws -> Value {
        try repeating(2) {
            let value = try inTransaction(begun: kind.beginReading, body)
            _ = try? ask("COMMIT")
            return value
        }
    }

    /// As a whole, while the server has rolled it back.
    private func repeating<Value>(_ most: Int, _ transaction: () throws -> Value) throws -> Value {
        var tries = 1
        while true {
            do {
                return try transaction()
            } catch let error as ServerError where [.retry, .lost].contains(error.kind) && tries < most {
                guard patience?.isOver != true else { throw error }
                // Two that have met must not meet again.
                usleep(UInt32.random(in: 5_000...20_000) * UInt32(tries))
                tries += 1
            }
        }
    }

    private func writeOnce<Value>(_ body: () throws -> Value) throws -> Value {
        guard use != .reading else {
            throw LedgerError(.unexpected, "\(server.text) was opened for reading only")
        }
        let token = WritingToken(use)
        let value = try inTransaction(begun: kind.beginWriting) {
            try lockLeases()
            let value = try body()
            try token?.note(on: self)
            return value
        }
        do {
            _ = try ask("COMMIT")
        } catch {
            guard error.kind == .lost else {
                rollBack()
                throw error
            }
            guard try isCommitted(token, after: error) else { throw error }
        }
        return value
    }

    /// Leaves it open for its end, or rolls it back.
    private func inTransaction<Value>(begun begin: String, _ body: () throws -> Value) throws -> Value {
        try connect()
        isInTransaction = true
        defer { isInTransaction = false }
        do {
            // It may have begun though that fails: what else MySQL's session is told at a beginning comes after it.
            _ = try ask(begin)
            return try body()
        } catch {
            rollBack()
            throw error
        }
    }

    /// Looks at rows that nobody else changes meanwhile.
    fileprivate func undoing<Value>(_ body: () throws -> Value) throws -> Value {
        let value = try inTransaction(begun: kind.beginWriting, body)
        rollBack()
        return value
    }

    /// A connection on which that fails may still be in the transaction, which the next one's beginning would commit.
    private func rollBack() {
        if (try? ask("ROLLBACK")) == nil { connection.close() }
    }

    private func lockLeases() throws {
        guard use != .leases else { return }
        var holders: [String: (owner: String?, term: Int)] = [:]
        try statement("SELECT name, owner, term FROM reconciler_lease ORDER BY name FOR UPDATE").each { row in
            holders[row.text(0) ?? ""] = (row.text(1), row.count(2))
            return .more
        }
        guard case .working(let hold) = use else { return }
        let holder = holders[hold.name.rawValue]
        guard let holder, holder.owner == hold.owner, holder.term == hold.term else {
            throw LedgerError(.superseded, "another instance works on \(server.text) by now: nothing is written")
        }
    }

    /// Whether a transaction was committed whose end nobody has told.
    /// - Throws: `unreachable`, where that cannot be found out: what may have been made is not made again.
    private func isCommitted(_ token: WritingToken?, after error: ServerError) throws -> Bool {
        let lost = "\(error.message) while a change was committed at \(server.text)"
        guard let token else {
            let remedy =
                use == .leases
                ? "the next look finds out" : "look whether it was made (`show`, `status`) before it is made again"
            throw LedgerError(.unreachable, "\(lost): \(remedy)")
        }
        let end = Duration.uptime + limits.answer
        while patience?.isOver != true, Duration.uptime < end {
            if let isNoted = try? token.isNoted(on: self) { return isNoted }
            usleep(UInt32(Self.pause / .microseconds(1)))
        }
        throw LedgerError(
            .unreachable, "\(lost), and since then the server does not say whether it was: the next cycle finds out")
    }
}

/// By which a transaction is known, once it is committed.
private struct WritingToken {
    private let instance: String
    private let text: String

    /// Nil where there is no row to note it in.
    init?(_ use: ServerDatabase.Use) {
        guard case .working(let hold) = use else { return nil }
        instance = hold.owner
        text = String(UInt64.random(in: .min ... .max), radix: 16)
    }

    func note(on database: ServerDatabase) throws {
        try database.statement("UPDATE reconciler_instance SET committed = ?2 WHERE id = ?1")
            .run(.text(instance), .text(text))
    }

    /// Locks the row: a transaction that is still on its way to its end, by the connection that was lost, is waited for. Within
    /// a transaction: TiDB locks nothing outside of one.
    func isNoted(on database: ServerDatabase) throws -> Bool {
        try database.undoing {
            try database.statement("SELECT committed FROM reconciler_instance WHERE id = ?1 FOR UPDATE")
                .first(.text(instance)) { $0.text(0) } == text
        }
    }
}

// MARK: What others see of it

extension ServerDatabase: Database {
    var dialect: any Dialect { kind.dialect }
    var room: Int { Self.room }
    /// A lost connection is made anew by itself.
    var isStale: Bool { false }

    func prepare(_ sql: String) throws -> any PreparedStatement { ServerStatement(sql, self) }

    func statement(_ sql: String) throws -> any PreparedStatement {
        if let known = statements[sql] { return known }
        let new = ServerStatement(sql, self)
        statements[sql] = new
        return new
    }

    func execute(_ sql: String) throws { _ = try query(sql) }

    func portion() -> Portion { Portion(rows: Self.rowsAtOnce) }
    var itemsAtOnce: Int { Self.mostItems }

    func description(of table: String) throws -> TableDescription {
        let description = try asking { try kind.description(of: table, server, on: $0) }
        described = description
        return description
    }

    func holds(table: String) throws -> Bool { try asking { try kind.holds(table: table, on: $0) } }

    func columnNames(of table: String) throws -> [String] {
        try statement(
            """
            SELECT column_name FROM information_schema.columns
            WHERE table_name = ?1 AND table_schema = \(kind.dialect.schema(ofOwn: "?1"))
            """
        ).all(.text(table)) { $0.text(0) ?? "" }
    }

    func indistinct(
        _ words: [String], in column: TableDescription.Column, of table: TableDescription
    ) throws -> (String, String)? {
        try asking { try kind.indistinct(words, in: column, on: $0) }
    }

    func size() throws -> Int { try asking { try kind.size(on: $0) } }

    func missingGrants(_ mapping: TableMapping, for rows: OwnRows) throws -> [String] {
        try asking {
            try kind.missingGrants(
                mapping.description, written: mapping.writtenColumns(for: rows), inserts: rows != .none, on: $0)
        }
    }

    /// Asks the catalogue; outside a transaction by a connection that is there.
    private func asking<Value>(_ body: (any ServerConnection) throws -> Value) throws -> Value {
        if !isInTransaction { try connect() }
        return try body(connection)
    }

    func substitute(_ tables: [TableDefinition]) throws {
        let rowID = described?.address.kind ?? .number
        substitutes = tables.map { ($0.name, kind.dialect.emptySelection(of: $0, rowID: rowID)) }
    }

    /// By the catalogue, not by the planner: what that makes of a query changes with its statistics.
    func accessPath(of query: String, by column: String) throws -> AccessPath {
        let index = described?.indexes.first { index in
            index.columns.first?.map { quoted(name: $0) } == column
                && (!index.isPartial || index.name == pendingIndexName)
        }
        return AccessPath(index: index?.name, isSearch: index != nil, sorts: false)
    }

    func hasPendingIndex(_ mapping: TableMapping) throws -> Bool {
        described?.indexes.contains { $0.name == pendingIndexName } ?? false
    }

    func makePendingIndex(_ mapping: TableMapping) throws { try pendingIndexWork(mapping)?() }

    /// The lease, and whoever else waits for this connection, go on meanwhile.
    func pendingIndexWork(_ mapping: TableMapping) -> (@Sendable () throws -> Void)? {
        let (kind, server) = (kind, server)
        var limits = limits
        limits.work = Self.longestWork
        return { [limits] in
            let connection = try kind.connect(server, limits)
            defer { connection.close() }
            try kind.makePendingIndex(mapping, on: connection)
        }
    }

    func rowsToIndex(_ mapping: TableMapping) throws -> Int {
        try statement("SELECT count(*) FROM \(mapping.table) AS n").first { $0.count(0) } ?? 0
    }

    /// A server names the foreign key that refuses a row.
    func foreignKeyGaps(_ mapping: TableMapping) throws -> [String] { [] }

    func meaning(of error: any Error, _ mapping: TableMapping?) -> LedgerError {
        switch error {
        case let error as LedgerError: error
        case let error as ServerError: LedgerError(error, server, limits)
        default: LedgerError(.unexpected, "\(server.text): \(error)")
        }
    }

    func rejection(_ error: any Error, of sql: String) throws -> any Error { error }

    func wantsReopening(after error: any Error) -> Bool {
        (error as? ServerError).map { [.schema, .lost].contains($0.kind) } ?? false
    }
}

extension ServerDatabase {
    /// An `INSERT` that gives the number in that column back.
    func numbered(_ insert: String, by column: String) -> String { kind.dialect.numbered(insert, by: column) }

    /// Whether something may take a change of the application's table back without an error.
    var hasTriggers: Bool { described?.hasTriggers ?? true }
}
