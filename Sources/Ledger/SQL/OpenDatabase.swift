internal import Engine
internal import Reconciliation

/// An open database with everything that works on it. Lives and dies with its connection.
final class OpenDatabase {
    let database: any Database
    let mapping: TableMapping
    let plan: DuePlan
    /// Whether the index that `createIndex` allows is still to be made.
    let isWithoutIndex: Bool
    let states: MessageStates
    let rows: RowTable
    let tracking: TrackingTable
    let audit: AuditTable
    let hours: HourTable
    let rates: RateTables
    let reports: ReportTable
    let sentAgain: SentAgain
    let writer: DecisionWriter
    let due: DueReader
    let outline: DueOutline
    let pending: PendingOutlineReader
    /// All pending rows: their numbers, keys, times (`TableMapping.startColumns`) and service types.
    let pendingRows: RowWalk
    let housekeeping: Housekeeping
    /// The schema versions that were reached by opening it.
    let migrations: [Int]

    /// Empty tables stand for the reconciler's own: there were none when it was opened.
    private let isSubstituted: Bool
    /// As they are configured.
    private let table: String
    private let place: String
    private var openNotebook: ScanBuffer?

    var meta: MetaTable { MetaTable(database: database) }
    var census: TableCounter { TableCounter(mapping: mapping, database: database) }
    var refusals: RefusalReader { RefusalReader(database: database) }
    var refusedRows: RefusedRows { RefusedRows(table: table, database: database) }
    var known: KnownReader { KnownReader(database: database, states: states, sentAgain: sentAgain) }
    var sends: SendTable { SendTable(mapping: mapping, database: database) }
    var deliveries: DeliveryTable { DeliveryTable(database: database) }
    var differences: DifferenceTable { DifferenceTable(database: database) }
    var errands: ErrandTable { ErrandTable(database: database) }
    var cycles: CycleTable { CycleTable(database: database) }
    var elsewhere: ElsewhereReader { ElsewhereReader(mapping: mapping, database: database) }

    init(_ configuration: LedgerConfiguration, _ mode: SQLLedger.Mode, _ patience: Patience?) throws {
        place = configuration.place.text
        table = configuration.table
        database = try Self.database(configuration, mode, patience)
        mapping = try TableInspection(database: database, configuration: configuration).mapping()
        try OwnTables(database: database, place: place).check()
        let kind = mapping.description.address.kind
        switch mode {
        case .readWrite:
            migrations = try Migration.run(on: database, place: place, rowID: kind)
            isSubstituted = false
        case .readOnly:
            migrations = []
            let substitutes = try Migration.substitutes(on: database, place: place)
            try database.substitute(substitutes)
            isSubstituted = !substitutes.isEmpty
        }
        let queries = try DueQueries(mapping, on: database)
        if configuration.findsByKey, !queries.keyIsIndexed { throw LedgerError.keyIsNotIndexed(configuration) }
        plan = queries.plan
        isWithoutIndex = try configuration.createIndex && !database.hasPendingIndex(mapping)
        states = try MessageStates(mapping, keyIsIndexed: queries.keyIsIndexed, on: database)
        rows = try RowTable(mapping, on: database)
        tracking = try TrackingTable(on: database)
        audit = try AuditTable(on: database)
        hours = try HourTable(on: database)
        rates = try RateTables(on: database)
        reports = try ReportTable(on: database)
        sentAgain = try SentAgain(on: database)
        due = try DueReader(mapping, queries, states, sentAgain, on: database)
        outline = try DueOutline(mapping, queries, on: database)
        pending = PendingOutlineReader(mapping, queries, on: database)
        pendingRows = queries.walk(
            "\(mapping.keyRead), \(mapping.startColumns), \(mapping.serviceTypeText)", on: database)
        writer = DecisionWriter(
            states: states, rows: rows, tracking: tracking, audit: audit, hours: hours, rates: rates,
            reports: reports, after: configuration.policy.after)
        housekeeping = try Housekeeping(states, writer, reports, mapping, on: database)
    }

    static func database(
        _ configuration: LedgerConfiguration, _ mode: SQLLedger.Mode, _ patience: Patience?
    ) throws -> any Database {
        switch configuration.place {
        case .file(let path):
            try SQLiteConnection.open(
                path, writing: mode == .readWrite, busyTimeout: configuration.busyTimeout, patience: patience)
        case .server(let address):
            try ServerDatabase(address, configuration, mode, patience: patience)
        }
    }

    /// The version of the reconciler's tables; nil where there were none when it was opened, whoever has made some since.
    func schemaVersion() throws -> Int? {
        isSubstituted ? nil : try Migration.recordedVersion(on: database, place: place)
    }

    /// Made when a sweep first needs it.
    func notebook() throws -> ScanBuffer {
        if let openNotebook { return openNotebook }
        let new = try ScanBuffer()
        openNotebook = new
        return new
    }
}

extension LedgerError {
    static func keyIsNotIndexed(_ configuration: LedgerConfiguration) -> LedgerError {
        let column = configuration.columns.messageKey
        return LedgerError(
            .unusable,
            "messages are found by their key here (by `record`, `send`, `verify` and api.report_method \"polling\"), but no"
                + " index on column \(column) of table \(configuration.table) in \(configuration.place.text) helps with that:"
                + " make one (CREATE INDEX … ON \(configuration.table) (\(column)))")
    }
}
