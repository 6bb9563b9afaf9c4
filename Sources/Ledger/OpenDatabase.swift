internal import Engine
internal import Reconciliation

/// An open database with everything that works on it. Lives and dies with its connection.
final class OpenDatabase {
    let connection: Connection
    let mapping: TableMapping
    let plan: DuePlan
    /// Whether the index that `createIndex` allows is still to be made.
    let isWithoutIndex: Bool
    let rows: RowTable
    let tracking: TrackingTable
    let audit: AuditTable
    let hours: HourTable
    let reports: ReportTable
    let reportedRows: ReportedRows
    let sentAgain: SentAgain
    let due: DueReader
    let outline: DueOutline
    let known: KnownReader
    let pending: PendingOutlineReader
    /// All pending rows: their numbers, keys, times (`TableMapping.startColumns`) and service types.
    let pendingRows: RowWalk
    let housekeeping: Housekeeping
    /// The schema versions that were reached by opening it.
    let migrations: [Int]

    private var openNotebook: Notebook?

    var meta: MetaTable { MetaTable(connection: connection) }
    var census: TableCensus { TableCensus(mapping: mapping, connection: connection) }
    var refusals: RefusalReader { RefusalReader(connection: connection) }
    var refusedRows: RefusedRows { RefusedRows(mapping: mapping, connection: connection) }
    var foreignKeys: ForeignKeys { ForeignKeys(mapping: mapping, connection: connection) }
    var cycles: CycleTable { CycleTable(connection: connection) }
    var writer: SettlementWriter {
        SettlementWriter(
            rows: rows, tracking: tracking, sentAgain: sentAgain, audit: audit, hours: hours, reports: reports)
    }

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
        rows = try RowTable(mapping, keyIsIndexed: queries.keyIsIndexed, on: connection)
        tracking = try TrackingTable(on: connection)
        audit = try AuditTable(on: connection)
        hours = try HourTable(on: connection)
        reports = try ReportTable(on: connection)
        reportedRows = try ReportedRows(mapping, rows: rows, on: connection)
        sentAgain = try SentAgain(mapping, tracking, after: configuration.policy.after, on: connection)
        due = try DueReader(mapping, queries, rows: rows, sentAgain, on: connection)
        outline = try DueOutline(mapping, queries, on: connection)
        known = try KnownReader(mapping, rows: rows, sentAgain, on: connection)
        pending = try PendingOutlineReader(mapping, queries, on: connection)
        pendingRows = try RowWalk(
            """
            SELECT n.\(mapping.rowid), n.\(mapping.key), \(mapping.startColumns), \(mapping.serviceTypeText)
            FROM \(mapping.table) AS n
            WHERE \(queries.pendingCondition) AND n.\(mapping.rowid) >= ?1 AND n.\(mapping.rowid) <= ?2
            ORDER BY n.\(mapping.rowid) LIMIT ?3
            """, mapping, walksTable: queries.plan == .tableWalk, on: connection)
        housekeeping = try Housekeeping(rows: rows, tracking: tracking, sentAgain, mapping, on: connection)
    }

    /// Made when a sweep first needs it.
    func notebook() throws -> Notebook {
        if let openNotebook { return openNotebook }
        let new = try Notebook(on: connection)
        openNotebook = new
        return new
    }
}

extension LedgerError {
    fileprivate static func keyIsNotIndexed(_ configuration: LedgerConfiguration) -> LedgerError {
        let column = configuration.columns.messageKey
        return LedgerError(
            .unusable,
            "api.report_method \"polling\" finds messages by their key, but no index on column \(column) of table"
                + " \(configuration.table) in \(configuration.path) helps with that: make one (CREATE INDEX … ON"
                + " \(configuration.table) (\(column))), or set api.report_method to \"webhook\"")
    }
}
