import Engine
import Ledger
import Reconciliation
import Support

/// The ledgers that the contract suite of `ReportLedger` runs against.
enum ReportImplementation: CaseIterable, Sendable {
    case sqlite
    /// Odd names, no optional columns, times as numbers.
    case sqliteMapped
    case inMemory

    func make() throws -> any ReportSubject {
        switch self {
        case .sqlite: SQLiteReportSubject(try SQLiteSubject(Fixture { $0.findsByKey = true }))
        case .sqliteMapped: SQLiteReportSubject(try MappedSubject(indexed: true))
        case .inMemory: InMemoryReportSubject()
        }
    }
}

/// A ledger of reports together with the application's hand on its table.
protocol ReportSubject: Sendable {
    var ledger: any Ledger & ReportLedger { get }
    func add(_ key: String, _ status: RowStatus, acceptedAt: Timestamp) async
    func set(_ key: String, _ status: RowStatus) async
    func remove(_ key: String) async
    func status(_ key: String) async -> RowStatus?
}

struct SQLiteReportSubject: ReportSubject {
    let subject: any ContractSubject
    let ledger: any Ledger & ReportLedger

    init(_ subject: any ContractSubject) {
        guard let ledger = subject.ledger as? SQLiteLedger else { preconditionFailure("not an SQLite ledger") }
        self.subject = subject
        self.ledger = ledger
    }

    func add(_ key: String, _ status: RowStatus, acceptedAt: Timestamp) {
        subject.add(key, status, acceptedAt: acceptedAt)
    }

    func set(_ key: String, _ status: RowStatus) { subject.set(key, status) }
    func remove(_ key: String) { subject.remove(key) }
    func status(_ key: String) -> RowStatus? { subject.status(key) }
}

struct InMemoryReportSubject: ReportSubject {
    let memory = InMemoryLedger()
    var ledger: any Ledger & ReportLedger { memory }

    func add(_ key: String, _ status: RowStatus, acceptedAt: Timestamp) async {
        await memory.add(MessageKey(key), acceptedAt: acceptedAt, status: status)
    }

    func set(_ key: String, _ status: RowStatus) async { await memory.set(MessageKey(key), status) }
    func remove(_ key: String) async { await memory.remove(MessageKey(key)) }
    func status(_ key: String) async -> RowStatus? { await memory.rows[MessageKey(key)]?.status }
}
