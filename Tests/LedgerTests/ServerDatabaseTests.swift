import Engine
@testable import Ledger
import Reconciliation
import Synchronization
import Testing

/// What `ServerDatabase` makes of what a server says, whichever it is: here of one that says what it is told to.
@Suite struct ServerDatabaseTests {
    private let server = ScriptedServer()
    private let hold = LeaseHold(name: .cycles, owner: "me", term: 7)

    private func open(_ use: ServerDatabase.Use? = nil) throws -> ServerDatabase {
        var limits = ServerLimits()
        limits.answer = .milliseconds(600)
        return try ServerDatabase(ScriptedKind.self, server.address, limits, for: use ?? .working(hold), patience: nil)
    }

    /// One change, as a ledger makes it.
    private func change(_ database: ServerDatabase) throws -> Int {
        var calls = 0
        try database.write {
            calls += 1
            try database.execute("UPDATE rows")
        }
        return calls
    }

    @Test("a writing locks the leases, writes, notes its token and commits")
    func order() throws {
        let database = try open()
        #expect(try change(database) == 1)
        #expect(server.said.map { $0.prefix(6) } == ["BEGIN ", "SELECT", "UPDATE", "UPDATE", "COMMIT"])
        #expect(server.said[3].contains("committed"))
    }

    @Test("who has lost its lease writes nothing", arguments: [("another", 7), ("me", 8)])
    func superseded(_ owner: String, _ term: Int) throws {
        server.lease = (owner, term)
        let database = try open()
        let error = #expect(throws: LedgerError.self) { _ = try change(database) }
        #expect(error?.kind == .superseded)
        #expect(!server.said.contains("UPDATE rows"))
        #expect(server.said.last == "ROLLBACK")
    }

    @Test("a deadlock is done again as a whole, but not for ever")
    func deadlock() throws {
        server.fail("UPDATE rows", .retry, times: 2)
        #expect(try change(try open()) == 3)
        #expect(server.committed == 1)
        server.fail("UPDATE rows", .retry, times: .max)
        #expect(throws: ServerError.self) { _ = try change(try open()) }
        #expect(server.committed == 1)
    }

    @Test("a connection lost within is made anew, and all is done again")
    func lostWithin() throws {
        server.fail("UPDATE rows", .lost, times: 1)
        #expect(try change(try open()) == 2)
        #expect(server.connections == 2)
        #expect(server.committed == 1)
    }

    @Test("an answer lost behind a commit: what was written is not written again")
    func committedUnheard() throws {
        server.fail("COMMIT", .lost, times: 1, isDone: .unheard)
        #expect(try change(try open()) == 1)
        #expect(server.committed == 1)
    }

    @Test("a commit that the server makes only after its connection was lost is waited for")
    func committedLate() throws {
        server.fail("COMMIT", .lost, times: 1, isDone: .late)
        #expect(try change(try open()) == 1)
        #expect(server.committed == 1)
    }

    @Test("a commit that was not made is made again")
    func notCommitted() throws {
        server.fail("COMMIT", .lost, times: 1)
        #expect(try change(try open()) == 2)
        #expect(server.committed == 1)
    }

    @Test("what became of a commit is asked in a transaction, with the row locked")
    func asking() throws {
        server.fail("COMMIT", .lost, times: 1, isDone: .unheard)
        _ = try change(try open())
        #expect(server.said.suffix(3).map { $0.prefix(6) } == ["BEGIN ", "SELECT", "ROLLBA"])
        #expect(server.said.dropLast().last?.hasSuffix("FOR UPDATE") == true)
    }

    @Test("what cannot be committed is rolled back, or its connection is left")
    func rolledBack() throws {
        let database = try open()
        server.fail("COMMIT", .full, times: 1)
        #expect(throws: ServerError.self) { _ = try change(database) }
        #expect(server.said.last == "ROLLBACK")
        #expect(server.connections == 1)
        server.fail("ROLLBACK", .other, times: 1)
        #expect(throws: LedgerError.self) { try database.write { throw LedgerError(.unexpected, "no") } }
        #expect(try change(database) == 1)
        #expect(server.connections == 2)
    }

    @Test("where nobody can say what became of a commit, it is not made again, and that is said")
    func unknown() throws {
        let database = try open()
        server.fail("COMMIT", .lost, times: 1, isDone: .unheard, andThenIsAway: true)
        // A server's error would be tried again.
        let unsaid = #expect(throws: LedgerError.self) { _ = try change(database) }
        #expect(unsaid?.kind == .unreachable)
        #expect(unsaid?.message.contains("does not say whether") == true)
        // A command has no row to note a token in: it says so.
        server.isAway = false
        server.fail("COMMIT", .lost, times: 1, isDone: .unheard)
        let error = #expect(throws: LedgerError.self) { _ = try change(try open(.writing)) }
        #expect(error?.kind == .unreachable)
        #expect(error?.message.contains("look whether it was made") == true)
    }

    @Test("a statement alone is asked again by another connection")
    func readings() throws {
        let database = try open(.reading)
        server.fail("SELECT 1", .lost, times: 1)
        try database.execute("SELECT 1")
        #expect(server.connections == 2)
        #expect(throws: LedgerError.self) { _ = try change(database) }
    }

    @Test("a reading is done again as a whole, once", arguments: [ServerError.Kind.lost, .retry])
    func readingAgain(_ kind: ServerError.Kind) throws {
        let database = try open(.reading)
        server.fail("SELECT 2", kind, times: 1)
        var calls = 0
        try database.read {
            calls += 1
            try database.execute("SELECT 1")
            try database.execute("SELECT 2")
        }
        #expect(calls == 2)
        #expect(server.said.filter { $0 == "BEGIN READING" }.count == 2)
        server.fail("SELECT 2", kind, times: 2)
        #expect(throws: ServerError.self) { try database.read { try database.execute("SELECT 2") } }
        server.fail("SELECT 2", .slow, times: 1)
        #expect(throws: ServerError.self) { try database.read { try database.execute("SELECT 2") } }
    }

    @Test("what was found in a portion that is repeated is found once")
    func portionAgain() throws {
        let database = try open(.reading)
        server.fail("SELECT 3", .retry, times: 1)
        let found = try database.read(each: 1...5) { number in
            try database.execute("SELECT \(number)")
            return number == 2 ? nil : number
        }
        #expect(found == [1, 3, 4, 5])
        #expect(server.said.filter { $0 == "SELECT 1" }.count == 2)
    }

    @Test("a statement about many items is asked a few times, with the values of all")
    func batches() throws {
        let database = try open(.reading)
        let statement = BatchStatement(on: database) { "SELECT \($0)" }
        var values: [SQLValue] = []
        try statement.about((0..<70).map { [.integer($0), .null] }) {
            try $0.run($1)
            values += $1
        }
        #expect(server.said == ["SELECT 32", "SELECT 32", "SELECT 4", "SELECT 2"])
        #expect(values == (0..<70).flatMap { [.integer($0), .null] })
    }

    @Test("a server that takes no writes any more is left")
    func readOnly() throws {
        let database = try open()
        server.fail("UPDATE rows", .readOnly, times: 1)
        #expect(throws: ServerError.self) { _ = try change(database) }
        #expect(try change(database) == 1)
        #expect(server.connections == 2)
    }

    @Test("tables that are not there are empty for who only reads")
    func substitutes() throws {
        let database = try open(.reading)
        try database.substitute([TableDefinition(name: "reconciler_message", columns: [.init("code", .word)])])
        try database.execute("SELECT code FROM reconciler_message")
        try database.execute("SELECT 1 FROM other")
        #expect(
            server.said == [
                "WITH reconciler_message AS (SELECT NULL AS code) SELECT code FROM reconciler_message",
                "SELECT 1 FROM other",
            ])
    }

    @Test("every error says what to do", arguments: Self.kinds)
    func meanings(_ kind: ServerError.Kind, _ meaning: LedgerError.Kind, _ words: String) throws {
        let error = try open().meaning(of: ServerError(kind: kind, code: "X1", message: "so it said"), nil)
        #expect(error.kind == meaning)
        #expect(error.message.contains("so it said (X1)"))
        #expect(error.message.contains(words))
    }

    private static let kinds: [(ServerError.Kind, LedgerError.Kind, String)] = [
        (.lost, .unreachable, "store.url"), (.tooMany, .unreachable, "raise"), (.refused, .unusable, "password_file"),
        (.retry, .busy, "other nodes"), (.busy, .busy, "busy_timeout"), (.slow, .busy, "triggers"),
        (.readOnly, .readOnly, "primary"),
        (.forbidden, .readOnly, "GRANT"), (.full, .full, "room"), (.rejected, .rowRejected, "constraints"),
        (.schema, .unusable, "store.columns"), (.damaged, .damaged, "backup"), (.other, .unexpected, "mysql://"),
    ]
}

/// A server with a lease, a token and some faults.
private final class ScriptedServer: Sendable {
    private struct State {
        var lease: (owner: String, term: Int) = ("me", 7)
        var said: [String] = []
        var connections = 0
        var committed = 0
        var isAway = false
        var token: SQLValue = .null
        var pendingToken: SQLValue = .null
        var fault: (statement: String, kind: ServerError.Kind, times: Int, isDone: Doing, thenAway: Bool)?
        /// Of a connection that was lost: still to be done, and its locks are held until then.
        var late: String?
    }

    /// Whether it does what it then fails to answer.
    enum Doing {
        case never
        case unheard
        /// After it was said to be lost.
        case late
    }

    private let state = Mutex(State())
    let address: ServerAddress
    private static let all = Mutex<[String: ScriptedServer]>([:])

    init() {
        let host = "server-\(UInt64.random(in: 0 ... .max))"
        address = ServerAddress(scheme: .mysql, user: "app", host: host, database: "shop")
        Self.all.withLock { $0[host] = self }
    }

    static func at(_ address: ServerAddress) -> ScriptedServer {
        guard let server = all.withLock({ $0[address.host] }) else { preconditionFailure("no such server") }
        return server
    }

    var said: [String] { state.withLock { $0.said } }
    var connections: Int { state.withLock { $0.connections } }
    var committed: Int { state.withLock { $0.committed } }
    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }
    var lease: (owner: String, term: Int) {
        get { state.withLock { $0.lease } }
        set { state.withLock { $0.lease = newValue } }
    }

    /// - Parameter thenAway: whether it cannot be reached any more.
    func fail(
        _ statement: String, _ kind: ServerError.Kind, times: Int, isDone: Doing = .never,
        andThenIsAway thenAway: Bool = false
    ) {
        state.withLock { $0.fault = (statement, kind, times, isDone, thenAway) }
    }

    func connect() throws(ServerError) {
        let isAway = state.withLock { state in
            state.connections += state.isAway ? 0 : 1
            return state.isAway
        }
        if isAway { throw ServerError(kind: .lost, code: "", message: "nobody there") }
    }

    func answer(_ sql: String, _ values: [SQLValue]) throws(ServerError) -> ServerResult {
        let (result, error) = state.withLock { state in
            let error = Self.fault(of: sql, &state)
            if error != nil, state.fault?.thenAway == true { state.isAway = true }
            if error != nil, state.fault?.isDone == .late { state.late = sql }
            let isDone = error == nil || state.fault?.isDone == .unheard
            return (isDone ? Self.perform(sql, values, &state) : ServerResult(), error)
        }
        if let error { throw error }
        return result
    }

    private static func fault(of sql: String, _ state: inout State) -> ServerError? {
        guard let fault = state.fault, fault.statement == sql, fault.times > 0 else { return nil }
        state.fault?.times -= 1
        return ServerError(kind: fault.kind, code: "1", message: "as it was told")
    }

    private static func perform(_ sql: String, _ values: [SQLValue], _ state: inout State) -> ServerResult {
        if sql.hasSuffix("FOR UPDATE"), let late = state.late {
            state.late = nil
            _ = perform(late, [], &state)
        }
        state.said.append(sql)
        if sql.contains("SET committed") { state.pendingToken = values[1] }
        if sql == "COMMIT" {
            state.committed += 1
            state.token = state.pendingToken
        }
        if sql.hasPrefix("SELECT name, owner, term") {
            return ServerResult(
                kinds: [.text, .text, .integer],
                cells: ["cycles", state.lease.owner, String(state.lease.term)].map { Array($0.utf8) })
        }
        guard sql.hasPrefix("SELECT committed"), case .text(let token) = state.token else { return ServerResult() }
        return ServerResult(kinds: [.text], cells: [Array(token.utf8)])
    }
}

private final class ScriptedConnection: ServerConnection {
    private let server: ScriptedServer
    private(set) var isLost = false

    init(_ server: ServerAddress, _ limits: ServerLimits) throws(ServerError) {
        self.server = ScriptedServer.at(server)
        try self.server.connect()
    }

    func query(_ sql: String, _ values: [SQLValue]) throws(ServerError) -> ServerResult {
        do {
            return try server.answer(sql, values)
        } catch {
            if error.kind == .lost { isLost = true }
            throw error
        }
    }

    func close() { isLost = true }
}

private enum ScriptedKind: ServerKind {
    static let dialect: any ServerDialect = ScriptedDialect()
    static let beginWriting = "BEGIN WRITING"
    static let beginReading = "BEGIN READING"

    static func connect(_ server: ServerAddress, _ limits: ServerLimits) throws(ServerError) -> any ServerConnection {
        try ScriptedConnection(server, limits)
    }

    static func description(
        of table: String, _ server: ServerAddress, on connection: any ServerConnection
    ) throws -> TableDescription {
        throw LedgerError(.unusable, "no table \(table)")
    }

    static func holds(table: String, on connection: any ServerConnection) -> Bool { false }

    static func indistinct(
        _ words: [String], in column: TableDescription.Column, on connection: any ServerConnection
    ) -> (String, String)? { nil }

    static func makePendingIndex(_ mapping: TableMapping, on connection: any ServerConnection) {}

    static func size(on connection: any ServerConnection) -> Int { 0 }

    static func missingGrants(
        _ table: TableDescription, written columns: [String], inserts: Bool, on connection: any ServerConnection
    ) -> [String] { [] }
}

private struct ScriptedDialect: ServerDialect {
    let now = "0"
    let makesTablesInTransactions = true

    func emptySelection(of table: TableDefinition, rowID: RowAddress.Kind) -> String {
        "SELECT \(table.columns.map { "NULL AS \($0.name)" }.joined(separator: ", "))"
    }

    func pendingIndex(_ mapping: TableMapping) -> String { "CREATE INDEX" }
    func numbered(_ insert: String, by column: String) -> String { insert }
    func schema(ofOwn table: String) -> String { "shop" }
    func widening(_ column: TableDescription.Column, of table: TableDescription) -> String { "ALTER TABLE" }
    func text(_ expression: String) -> String { expression }
    func exact(_ expression: String) -> String { expression }
    func reading(_ address: RowAddress, of column: String) -> String { column }
    func finding(_ address: RowAddress, _ expression: String) -> String { expression }
    func onConflict(_ key: [String]) -> String { "ON CONFLICT" }
    func onConflictNothing(_ key: [String]) -> String { "ON CONFLICT" }
    func creation(of table: TableDefinition, rowID: RowAddress.Kind) -> String { "CREATE TABLE" }
    func addition(of column: TableDefinition.Column, to table: String) -> String { "ALTER TABLE" }
    func creation(of index: IndexDefinition) -> String { "CREATE INDEX" }
}
