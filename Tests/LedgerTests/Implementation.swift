import Engine
import Ledger
import Reconciliation
import Support

/// The ledgers that the contract suite runs against. An implementation is added here and nowhere else.
enum Implementation: CaseIterable, Sendable {
    case sqlite
    case sqliteWithRollbackJournal
    case sqliteWithIndex
    /// Odd names, other words, no optional columns, times as numbers.
    case sqliteMapped
    case inMemory
    #if MySQL
        case mysql
        /// Rows with texts for addresses, which do not grow.
        case mysqlWithUUID
    #endif
    #if PostgreSQL
        case postgresql
        case postgresqlWithUUID
        /// By way of PgBouncer, which gives each transaction another connection.
        case postgresqlPooled
    #endif

    static var allCases: [Implementation] {
        [.sqlite, .sqliteWithRollbackJournal, .sqliteWithIndex, .sqliteMapped, .inMemory] + atServers
    }

    /// On servers that `Tests/servers/run.py` has started, with the traits that it takes to speak to them.
    private static var atServers: [Implementation] {
        var all: [Implementation] = []
        #if MySQL
            if MySQLTestServer.isStarted { all += [.mysql, .mysqlWithUUID] }
        #endif
        #if PostgreSQL
            if TestPostgreSQL.isThere { all += [.postgresql, .postgresqlWithUUID, .postgresqlPooled] }
        #endif
        return all
    }

    /// Those whose rows may have any key.
    static var atServersAndFiles: [Implementation] { allCases.filter { $0 != .inMemory } }

    /// Whether rows are in the order of their age, so that those can be counted that the application settles.
    var grows: Bool {
        switch self {
        #if MySQL
            case .mysqlWithUUID: false
        #endif
        #if PostgreSQL
            case .postgresqlWithUUID: false
        #endif
        default: true
        }
    }

    func make() throws -> any ContractSubject {
        switch self {
        #if MySQL
            case .mysql: try ServerSubject.mysql()
            case .mysqlWithUUID: try ServerSubject.mysql(id: "CHAR(36) DEFAULT UUID()")
        #endif
        #if PostgreSQL
            case .postgresql: try ServerSubject.postgresql()
            case .postgresqlWithUUID: try ServerSubject.postgresql(id: "UUID DEFAULT gen_random_uuid()")
            case .postgresqlPooled: try ServerSubject.postgresql(isPooled: true)
        #endif
        case .sqlite: try SQLiteSubject(Fixture())
        case .sqliteWithRollbackJournal: try SQLiteSubject(Fixture(journal: "DELETE"))
        case .sqliteWithIndex: try SQLiteSubject(Fixture { $0.createIndex = true }, isIndexed: true)
        case .sqliteMapped: try MappedSubject()
        case .inMemory: InMemorySubject()
        }
    }
}

/// What a ledger does for the engine.
typealias LedgerUnderTest = Ledger & AlertLedger & VerificationLedger & ErrandLedger

/// A ledger together with the application's hand on its table.
protocol ContractSubject: Sendable {
    var ledger: any LedgerUnderTest { get }
    /// Adds a row; nil keys are messages that were not accepted yet.
    func add(_ key: String?, _ status: RowStatus, acceptedAt: Timestamp) async
    func set(_ key: String, _ status: RowStatus) async
    /// As its webhook does.
    func settle(_ key: String, _ status: RowStatus, at time: Timestamp) async
    func remove(_ key: String) async
    func status(_ key: String) async -> RowStatus?
}

struct SQLiteSubject: ContractSubject {
    let fixture: Fixture
    let ledger: any LedgerUnderTest

    init(_ fixture: Fixture, isIndexed: Bool = false) throws {
        self.fixture = fixture
        if isIndexed { try fixture.makeIndex() }
        ledger = try fixture.open()
    }

    func add(_ key: String?, _ status: RowStatus, acceptedAt: Timestamp) {
        fixture.raw.run(
            """
            INSERT INTO notification_history (external_id, status, created_at)
            VALUES (\(literal(key)), '\(word(status))', '\(acceptedAt.iso8601())')
            """)
    }

    func set(_ key: String, _ status: RowStatus) { fixture.set(key, word(status)) }

    func settle(_ key: String, _ status: RowStatus, at time: Timestamp) {
        fixture.raw.run(
            """
            UPDATE notification_history SET status = '\(word(status))', updated_at = '\(time.iso8601())'
            WHERE external_id = \(literal(key))
            """)
    }

    func remove(_ key: String) {
        fixture.raw.run("DELETE FROM notification_history WHERE external_id = \(literal(key))")
    }

    func status(_ key: String) -> RowStatus? {
        fixture.status(key).map { text in [.pending, .sent, .deadLetter].first { word($0) == text } ?? .other }
    }

    private func word(_ status: RowStatus) -> String {
        switch status {
        case .pending: "PENDING"
        case .sent: "SENT"
        case .deadLetter: "DEAD_LETTER"
        case .other: "CANCELLED"
        }
    }
}

struct MappedSubject: ContractSubject {
    let fixture: Fixture
    let ledger: any LedgerUnderTest

    static let table = """
        CREATE TABLE "발송 ""이력"" 'x'" ("rowid" TEXT, "메시지 키" TEXT, "상태;--" TEXT, "접수" INTEGER)
        """

    /// - Parameter indexed: whether the key has an index.
    init(indexed: Bool = false) throws {
        fixture = Fixture(table: Self.table) {
            $0.findsByKey = indexed
            $0.table = "발송 \"이력\" 'x'"
            $0.columns.messageKey = "메시지 키"
            $0.columns.status = "상태;--"
            $0.columns.acceptedAt = "접수"
            $0.columns.id = nil
            $0.columns.serviceType = nil
            $0.columns.reportCode = nil
            $0.columns.errorMessage = nil
            $0.columns.updatedAt = nil
            $0.statuses.pending = "대기'중"
            $0.statuses.sent = "2"
            $0.statuses.deadLetter = "\"dead\""
            $0.timeFormat = .unixMilliseconds
        }
        if indexed { fixture.raw.run("CREATE INDEX keys ON \(name) (\"메시지 키\")") }
        ledger = try fixture.open()
    }

    private let name = "\"발송 \"\"이력\"\" 'x'\""

    func add(_ key: String?, _ status: RowStatus, acceptedAt: Timestamp) {
        fixture.raw.run(
            """
            INSERT INTO \(name) ("메시지 키", "상태;--", "접수")
            VALUES (\(literal(key)), \(word(status)), \(acceptedAt.milliseconds))
            """)
    }

    func set(_ key: String, _ status: RowStatus) {
        fixture.raw.run("UPDATE \(name) SET \"상태;--\" = \(word(status)) WHERE \"메시지 키\" = \(literal(key))")
    }

    /// There is no column that says when.
    func settle(_ key: String, _ status: RowStatus, at time: Timestamp) { set(key, status) }

    func remove(_ key: String) {
        fixture.raw.run("DELETE FROM \(name) WHERE \"메시지 키\" = \(literal(key))")
    }

    func status(_ key: String) -> RowStatus? {
        fixture.raw.value("SELECT quote(\"상태;--\") FROM \(name) WHERE \"메시지 키\" = \(literal(key))").map { text in
            [.pending, .sent, .deadLetter].first { word($0) == text } ?? .other
        }
    }

    private func word(_ status: RowStatus) -> String {
        switch status {
        case .pending: "'대기''중'"
        case .sent: "'2'"
        case .deadLetter: "'\"dead\"'"
        case .other: "'?'"
        }
    }
}

struct InMemorySubject: ContractSubject {
    let memory = InMemoryLedger()
    var ledger: any LedgerUnderTest { memory }

    /// There are no rows without a key in it.
    func add(_ key: String?, _ status: RowStatus, acceptedAt: Timestamp) async {
        guard let key else { return }
        await memory.add(MessageKey(key), acceptedAt: acceptedAt, status: status)
    }

    func set(_ key: String, _ status: RowStatus) async { await memory.set(MessageKey(key), status) }
    func settle(_ key: String, _ status: RowStatus, at time: Timestamp) async {
        await memory.settle(MessageKey(key), status, at: time)
    }
    func remove(_ key: String) async { await memory.remove(MessageKey(key)) }
    func status(_ key: String) async -> RowStatus? { await memory.rows[MessageKey(key)]?.status }
}

/// A text as SQL writes it.
private func literal(_ text: String?) -> String {
    guard let text else { return "NULL" }
    return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
}

/// The ledgers that the contract suite for reports runs against: those that find messages by their keys.
enum ReportImplementation: CaseIterable, Sendable {
    case sqlite
    /// Odd names, no optional columns, times as numbers.
    case sqliteMapped
    case inMemory
    #if MySQL
        case mysql
    #endif
    #if PostgreSQL
        case postgresql
    #endif

    static var allCases: [ReportImplementation] {
        var all: [ReportImplementation] = [.sqlite, .sqliteMapped, .inMemory]
        #if MySQL
            if MySQLTestServer.isStarted { all.append(.mysql) }
        #endif
        #if PostgreSQL
            if TestPostgreSQL.isThere { all.append(.postgresql) }
        #endif
        return all
    }

    func make() throws -> any ContractSubject {
        switch self {
        #if MySQL
            case .mysql: try ServerSubject.mysql(findsByKey: true)
        #endif
        #if PostgreSQL
            case .postgresql: try ServerSubject.postgresql(findsByKey: true)
        #endif
        case .sqlite: try SQLiteSubject(Fixture { $0.findsByKey = true })
        case .sqliteMapped: try MappedSubject(indexed: true)
        case .inMemory: InMemorySubject()
        }
    }
}
