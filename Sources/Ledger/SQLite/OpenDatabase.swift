internal import Engine
internal import Reconciliation

/// An open database with everything that works on it. Lives and dies with its connection.
final class OpenDatabase {
    let connection: Connection
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

    private var openNotebook: ScanBuffer?

    var meta: MetaTable { MetaTable(connection: connection) }
    var census: TableCounter { TableCounter(mapping: mapping, connection: connection) }
    var refusals: RefusalReader { RefusalReader(connection: connection) }
    var refusedRows: RefusedRows { RefusedRows(mapping: mapping, connection: connection) }
    var known: KnownReader { KnownReader(connection: connection, states: states, sentAgain: sentAgain) }
    var foreignKeys: ForeignKeys { ForeignKeys(mapping: mapping, connection: connection) }
    var sends: SendTable { SendTable(connection: connection) }
    var deliveries: DeliveryTable { DeliveryTable(connection: connection) }
    var differences: DifferenceTable { DifferenceTable(connection: connection) }
    var errands: ErrandTable { ErrandTable(connection: connection) }
    var cycles: CycleTable { CycleTable(connection: connection) }
    var elsewhere: ElsewhereReader { ElsewhereReader(mapping: mapping, connection: connection) }

    init(_ configuration: LedgerConfiguration, _ mode: SQLiteLedger.Mode, _ patience: Patience?) throws {
        let path = configuration.path
        let writing = mode == .readWrite
        try DatabaseFile(path: path).check(writing: writing)
        connection = try Connection(
            path: path, access: writing ? .readWrite : .readOnly, busyTimeout: configuration.busyTimeout,
            patience: patience)
        if writing { try DatabaseFile(path: path).checkName(isOpen: true) }
        if writing, connection.isReadOnly {
            throw LedgerError(.readOnly, "\(path) could be opened only for reading: check owner, mode and mount")
        }
        mapping = try TableInspection(connection: connection, configuration: configuration).mapping()
        try OwnTables(connection: connection, path: path).check()
        if writing {
            migrations = try Migration.run(on: connection, path: path)
        } else {
            migrations = []
            try Migration.substitute(on: connection, path: path)
        }
        let queries = try DueQueries(mapping, on: connection)
        if configuration.findsByKey, !queries.keyIsIndexed { throw LedgerError.keyIsNotIndexed(configuration) }
        plan = queries.plan
        isWithoutIndex = try configuration.createIndex && !PendingIndex(mapping: mapping).exists(on: connection)
        states = try MessageStates(mapping, keyIsIndexed: queries.keyIsIndexed, on: connection)
        rows = try RowTable(mapping, on: connection)
        tracking = try TrackingTable(on: connection)
        audit = try AuditTable(on: connection)
        hours = try HourTable(on: connection)
        rates = try RateTables(on: connection)
        reports = try ReportTable(on: connection)
        sentAgain = try SentAgain(on: connection)
        due = try DueReader(mapping, queries, states, sentAgain, on: connection)
        outline = try DueOutline(mapping, queries, on: connection)
        pending = try PendingOutlineReader(mapping, queries, on: connection)
        pendingRows = try RowWalk(
            "n.\(mapping.key), \(mapping.startColumns), \(mapping.serviceTypeText)", of: mapping,
            where: queries.pendingCondition, walksTable: queries.plan == .tableWalk, on: connection)
        writer = DecisionWriter(
            states: states, rows: rows, tracking: tracking, audit: audit, hours: hours, rates: rates,
            reports: reports, after: configuration.policy.after)
        housekeeping = try Housekeeping(states, writer, reports, mapping, on: connection)
    }

    /// Made when a sweep first needs it.
    func notebook() throws -> ScanBuffer {
        if let openNotebook { return openNotebook }
        let new = try ScanBuffer(on: connection)
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
                + " index on column \(column) of table \(configuration.table) in \(configuration.path) helps with that:"
                + " make one (CREATE INDEX … ON \(configuration.table) (\(column)))")
    }
}
