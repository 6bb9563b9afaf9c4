import Ledger

/// The ledgers that the contract suite of `ReportLedger` runs against: those that find messages by their keys.
enum ReportImplementation: CaseIterable, Sendable {
    case sqlite
    /// Odd names, no optional columns, times as numbers.
    case sqliteMapped
    case inMemory

    func make() throws -> any ContractSubject {
        switch self {
        case .sqlite: try SQLiteSubject(Fixture { $0.findsByKey = true })
        case .sqliteMapped: try MappedSubject(indexed: true)
        case .inMemory: InMemorySubject()
        }
    }
}
