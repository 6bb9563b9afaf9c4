package import Reconciliation

/// One connection to a database server, as a client library has it: without transactions that are repeated, without a lease,
/// without memory of what was said. All that is `ServerDatabase`'s, for every server alike. Calls block, but no longer than
/// the time-outs; its owner uses it on one queue.
protocol ServerConnection: AnyObject {
    /// Connects, and sets up the session: UTF-8, READ COMMITTED, times in the configured zone, standard quotes, and an end to
    /// a transaction that its client has left open for `ServerLimits.idleInTransaction`.
    init(_ server: ServerAddress, _ limits: ServerLimits) throws(ServerError)

    /// Runs one statement, in the transaction that was begun, or in one of its own.
    /// - Parameters:
    ///   - sql: with parameters `?1`, `?2` … (`Database`).
    ///   - values: at their places. Those that do not occur in the statement are not sent.
    func query(_ sql: String, _ values: [SQLValue]) throws(ServerError) -> ServerResult

    /// Whether the server or the network has ended it.
    var isLost: Bool { get }
    func close()
}

/// What differs between the words of servers, and of no files.
protocol ServerDialect: Dialect {
    /// `SELECT NULL AS …` without rows, of the table's types: stands for a table that is not there.
    func emptySelection(of table: TableDefinition, rowID: RowAddress.Kind) -> String
    /// What one of the reconciler's own tables is in, as `information_schema` has it.
    func schema(ofOwn table: String) -> String
    /// The statement that makes the index which `store.create_index` allows, `pendingIndexName`, without keeping anybody from
    /// writing; by the status first. Where that cannot be (`TableDescription.isPartitioned`), the one that an administrator
    /// may say when nobody writes.
    func pendingIndex(_ mapping: TableMapping) -> String
    /// An `INSERT` that gives the number in that column back.
    func numbered(_ insert: String, by column: String) -> String
}

extension TableMapping {
    /// Why the index that `store.create_index` allows cannot be made, with what else can be done; nil where it can.
    var indexObstacle: String? {
        guard description.isPartitioned, let dialect = dialect as? any ServerDialect else { return nil }
        return "table \(table) is partitioned, and no index is made on all of it while others write: have its owner run"
            + " \(dialect.pendingIndex(self)); when nobody does"
    }
}

/// What differs between servers beside their connections.
protocol ServerKind: Sendable {
    static var dialect: any ServerDialect { get }
    static func connect(_ server: ServerAddress, _ limits: ServerLimits) throws(ServerError) -> any ServerConnection
    /// `BEGIN` as it is said before a writing, and before a reading of one state.
    static var beginWriting: String { get }
    static var beginReading: String { get }
    /// The table as the catalogue has it.
    /// - Throws: `LedgerError` `.unusable` where there is none, or none that could be worked on, naming what is wrong and what
    ///   to do.
    static func description(
        of table: String, _ server: ServerAddress, on connection: any ServerConnection
    ) throws -> TableDescription
    /// Whether there is a table of that name beside the application's.
    static func holds(table: String, on connection: any ServerConnection) throws -> Bool
    /// Two words of those that would be one to the column.
    static func indistinct(
        _ words: [String], in column: TableDescription.Column, on connection: any ServerConnection
    ) throws -> (String, String)?
    /// Makes the index which `store.create_index` allows, in place of one that was not finished. May take hours.
    /// - Throws: also where it cannot be made now, or not by us.
    static func makePendingIndex(_ mapping: TableMapping, on connection: any ServerConnection) throws
    /// Of the database on the server's disk, in bytes.
    static func size(on connection: any ServerConnection) throws -> Int
    /// Statements (`GRANT …;`) that give the account what it lacks to work on the table with these columns; empty when it
    /// lacks nothing.
    static func missingGrants(
        _ table: TableDescription, written columns: [String], inserts: Bool, on connection: any ServerConnection
    ) throws -> [String]
}

/// Where a database server is, and who comes.
package struct ServerAddress: Hashable, Sendable {
    package enum Scheme: String, Hashable, Sendable, CaseIterable {
        case mysql
        case postgresql
    }

    package var scheme: Scheme
    package var user: String
    package var host: String
    /// Nil for the usual one: 3306, 5432.
    package var port: Int?
    package var database: String
    /// Nil where none is configured.
    package var password: Secret?

    package init(
        scheme: Scheme, user: String, host: String, port: Int? = nil, database: String, password: Secret? = nil
    ) {
        self.scheme = scheme
        self.user = user
        self.host = host
        self.port = port
        self.database = database
        self.password = password
    }

    /// `mysql://app@db.example:3306/shop`, without the password.
    package var text: String {
        "\(scheme.rawValue)://\(user)@\(host.contains(":") ? "[\(host)]" : host)\(port.map { ":\($0)" } ?? "")/\(database)"
    }

    /// Then the connection goes without TLS; else it is verified. A name that begins with `127.` may lead anywhere.
    package var isLoopback: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let isIPv4 = parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
        return host == "localhost" || host == "::1" || isIPv4 && parts[0] == "127"
    }
}

struct ServerLimits: Hashable, Sendable {
    var connect = Duration.seconds(5)
    /// For an answer, and for what a statement may take.
    var answer = Duration.seconds(30)
    /// For what a statement may take on a connection that is for one long work; nil on all others.
    var work: Duration?
    /// For what a statement may take.
    var statement: Duration { work ?? answer }
    /// For a lock that somebody else holds (`store.busy_timeout`).
    var lock = Duration.seconds(5)
    /// After so long the server ends a transaction whose client does not go on.
    var idleInTransaction = Duration.seconds(10)
    /// Seconds east of UTC (`store.time_zone`).
    var utcOffset = 0
}

/// What a statement gave: all of its rows.
struct ServerResult: Sendable {
    enum Kind: Sendable {
        case integer
        case real
        case text
    }

    /// Of the columns.
    var kinds: [Kind] = []
    /// A row after the other; nil for NULL. Numbers, times and truth values as texts (`12`, `t`).
    var cells: [[UInt8]?] = []
    /// Rows that were met by an `INSERT`, `UPDATE` or `DELETE`, also those that were as they should be.
    var changed = 0
    /// The number that the database made for a row; 0 where it made none.
    var insertID: Int64 = 0
}

/// What a server, or the way to it, said.
struct ServerError: Error, Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// The connection is gone, or could not be made: network, restart, fail-over, a kill. What was being committed may
        /// have been.
        case lost
        /// The transaction was rolled back and may be tried again as a whole: deadlock, serialization failure.
        case retry
        /// A lock was not had in time.
        case busy
        /// A statement was ended for taking too long, or by somebody.
        case slow
        /// As many connections as the server, the database or the account may have.
        case tooMany
        /// Name or password is wrong, or the account may not come from here, or not into this database.
        case refused
        /// No TLS, or a certificate that is not believed.
        case untrusted
        /// The account may not do that.
        case forbidden
        /// A replica, or a server that takes no writes now.
        case readOnly
        case full
        /// The table's own rules refuse the values: a constraint, a trigger, a foreign key.
        case rejected
        /// A table, column, function … is missing, or has another type.
        case schema
        case damaged
        case other
    }

    var kind: Kind
    /// SQLSTATE or the server's number, for people.
    var code: String
    /// The server's words, cleaned (`Redaction.clean`).
    var message: String
}
