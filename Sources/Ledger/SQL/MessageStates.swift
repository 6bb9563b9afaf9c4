internal import Reconciliation

/// Finds single messages: their rows, with what is remembered of them.
final class MessageStates {
    /// Whether a row can be found by its key without walking the table.
    let keyIsIndexed: Bool
    private let byLocator: any PreparedStatement
    private let byKey: any PreparedStatement
    private let inPlace: any PreparedStatement
    private let byLocators: BatchStatement
    private let byKeys: BatchStatement
    /// Whether several are found by one query.
    private let findsSeveral: Bool
    /// Those that are looked for one after the other often were accepted together.
    private var starts: RepeatedStarts

    init(_ mapping: TableMapping, keyIsIndexed: Bool, on database: any Database) throws {
        self.keyIsIndexed = keyIsIndexed
        starts = MessageState.starts(mapping)
        func statement(_ key: String, _ condition: String) throws -> any PreparedStatement {
            try database.prepare(Self.query(mapping, key, condition))
        }
        byLocator = try statement("?2", "WHERE \(mapping.isAt("?1")) AND \(mapping.keyIs("?2"))")
        byKey = try database.prepare(Self.byKeyQuery(mapping))
        inPlace = try statement(mapping.exactKey, "WHERE \(mapping.isAt("?1"))")
        findsSeveral = database.itemsAtOnce > 1
        byLocators = BatchStatement(on: database) { count in
            let rows = BatchStatement.parameters(count).map(mapping.bound).joined(separator: ", ")
            return Self.query(mapping, mapping.exactKey, "WHERE \(mapping.place) IN (\(rows))", also: mapping.exactKey)
        }
        byKeys = BatchStatement(on: database) { count in
            let condition = mapping.whereKeyIsOf(BatchStatement.parameters(count))
            return Self.query(mapping, mapping.exactKey, condition, also: mapping.exactKey)
        }
    }

    static func byKeyQuery(_ mapping: TableMapping) -> String { query(mapping, "?1", mapping.whereKeyIs("?1")) }

    /// - Parameter more: a column behind the others.
    private static func query(
        _ mapping: TableMapping, _ key: String, _ condition: String, also more: String? = nil
    ) -> String {
        """
        SELECT \(MessageState.columns(mapping)), \(mapping.updatedAt.map { "n.\($0)" } ?? "NULL")\(more.map { ", \($0)" } ?? "")
        FROM \(mapping.table) AS n LEFT JOIN reconciler_message AS t ON t.message_key = \(key)
        \(condition)
        """
    }

    /// By its key alone.
    func find(_ key: MessageKey) throws -> MessageState? {
        try byKey.first(SQLValue(key)) { try state($0, key) } ?? nil
    }

    /// Where its row was last seen or, if that row is another's by now (a `VACUUM` may renumber a table without an
    /// `INTEGER PRIMARY KEY`), where its key is found. A table is never walked for that.
    func find(_ key: MessageKey, lastSeenAt row: RowLocator) throws -> MessageState? {
        try found(key, lastSeenAt: row) { try state($0, key) }
    }

    /// The same of a row that may be changed.
    func findToChange(_ key: MessageKey, lastSeenAt row: RowLocator) throws -> FoundMessage? {
        try found(key, lastSeenAt: row) { try message($0, key) }
    }

    func findToChange(_ key: MessageKey) throws -> FoundMessage? {
        try byKey.first(SQLValue(key)) { try message($0, key) } ?? nil
    }

    /// Those that are still where they were last seen, by their rows, as far as that is found out for less than one by one; none
    /// where a key is there twice.
    func findToChange(_ messages: [DueMessage]) throws -> [RowLocator: FoundMessage] {
        guard findsSeveral, messages.count > 1, Set(messages.map(\.key)).count == messages.count else { return [:] }
        var found: [RowLocator: FoundMessage] = [:]
        try byLocators.about(messages.map { [SQLValue($0.row)] }) { statement, values in
            try statement.each(values) { row in
                guard let key = row.key(Self.exactKeyColumn), let one = try message(row, key) else { return .more }
                found[one.state.row] = one
                return .more
            }
        }
        return found
    }

    /// By their keys alone, in their order.
    func find(_ keys: [MessageKey]) throws -> [MessageState] {
        guard findsSeveral else { return try keys.compactMap { try find($0) } }
        var found: [MessageKey: MessageState] = [:]
        try byKeys.about(keys.map { [SQLValue($0)] }) { statement, values in
            try statement.each(values) { row in
                // The first of several rows is meant.
                guard let key = row.key(Self.exactKeyColumn), found[key] == nil else { return .more }
                found[key] = try state(row, key)
                return .more
            }
        }
        return keys.compactMap { found[$0] }
    }

    /// Behind the row's own times.
    private static let exactKeyColumn = MessageState.columnCount + 1

    /// Whose row is there; nil when there is none, or none that has a key.
    func find(in row: RowLocator) throws -> MessageState? {
        try inPlace.first(SQLValue(row)) { try state($0, nil) } ?? nil
    }

    private func found<Value>(
        _ key: MessageKey, lastSeenAt row: RowLocator, _ read: (any Row) throws -> Value?
    ) throws -> Value? {
        let found = try byLocator.first(SQLValue(row), SQLValue(key), read: read) ?? nil
        return try found ?? (keyIsIndexed ? byKey.first(SQLValue(key), read: read) ?? nil : nil)
    }

    private func state(_ row: any Row, _ key: MessageKey?) throws -> MessageState? {
        try MessageState(row, &starts, key: key)
    }

    private func message(_ row: any Row, _ key: MessageKey) throws -> FoundMessage? {
        let times = RowTimes(updatedAt: row.value(MessageState.columnCount), acceptedAt: row.value(3))
        return try state(row, key).map { FoundMessage(state: $0, times: times) }
    }
}

/// A message whose row may be changed.
struct FoundMessage {
    let state: MessageState
    let times: RowTimes
}

/// What tells the form in which a row's times are written.
struct RowTimes: Hashable {
    /// Null where no column has it.
    let updatedAt: SQLValue
    let acceptedAt: SQLValue

    /// Without a row.
    static let unknown = RowTimes(updatedAt: .null, acceptedAt: .null)
}

extension MessageState {
    /// In the order in which `init(_:_:from:key:)` reads them; `n` is the application's table, `t` is `reconciler_message`.
    /// - Parameters:
    ///   - status: as a number.
    ///   - isBehindPlace: whether the row's address, which is the first of them, is there already.
    static func columns(_ mapping: TableMapping, status: String? = nil, behindPlace isBehindPlace: Bool = false)
        -> String
    {
        """
        \(isBehindPlace ? "" : "\(mapping.placeRead), ")\(mapping.keyRead), \(status ?? mapping.statusNumber), \(mapping.startColumns),
            t.message_key IS NOT NULL, t.next_ask_at, \(Tracking.columns)
        """
    }

    /// As many are in `columns`.
    static let columnCount: Int32 = 15

    /// - Parameters:
    ///   - column: where `columns` begin.
    ///   - key: of the message that was looked for.
    /// - Returns: nil without a key: such a message was not accepted yet, or cannot be asked about (`hasUnreadableKey`).
    init?(_ row: any Row, _ mapping: TableMapping, from column: Int32 = 0, key: MessageKey? = nil) throws {
        guard let key = key ?? row.key(column + 1), !key.isTooLong else { return nil }
        try self.init(row, mapping, from: column, key, start: mapping.start(row, at: column + 3))
    }

    /// The same of one row of many.
    /// - Parameters:
    ///   - starts: reads column 3.
    ///   - key: of the message that was looked for.
    init?(_ row: any Row, _ starts: inout RepeatedStarts, key: MessageKey? = nil) throws {
        guard let key = key ?? row.key(1), !key.isTooLong else { return nil }
        try self.init(row, starts.mapping, from: 0, key, start: starts.next(row))
    }

    private init(
        _ row: any Row, _ mapping: TableMapping, from column: Int32, _ key: MessageKey, start: Timestamp?
    ) throws {
        try self.init(
            key: key, row: mapping.locator(row, column), status: TableMapping.status(row.integer(column + 2)),
            start: start, tracking: row.flag(column + 5) ? Tracking(row, from: column + 7) : nil,
            nextAskAt: row.time(column + 6))
    }

    static func starts(_ mapping: TableMapping) -> RepeatedStarts { RepeatedStarts(mapping: mapping, column: 3) }

    static func hasUnreadableKey(_ row: any Row) -> Bool { row.holdsNoKey(1) }

    /// Whether it was asked about before and not given up since: such a row is found by its time to be asked again.
    static func waits(_ row: any Row) -> Bool { !row.isNull(6) && row.isNull(11) }

    func isFarAhead(_ row: any Row, _ mapping: TableMapping, of now: Timestamp) -> Bool {
        isFarAhead(of: now, acceptedAt: mapping.time.time(row.value(3)))
    }
}

extension Tracking {
    /// In the order in which `init(_:from:)` reads them; `t` is `reconciler_message`.
    static let columns =
        "t.answers, t.answered_in_window, t.last_code, t.failures, t.reason, t.refusal, t.first_seen_at, "
        + "t.told_refusals"

    /// - Parameter column: where `columns` begin.
    init(_ row: any Row, from column: Int32) {
        self.init(
            answers: row.count(column), wasAnswered: row.flag(column + 1),
            lastCode: row.text(column + 2).flatMap(ReportCode.init), failures: row.count(column + 3),
            reason: row.text(column + 4).flatMap(DeadLetterReason.init(rawValue:)), refusal: row.text(column + 5),
            firstSeenAt: row.time(column + 6))
        guard let told = row.text(column + 7) else { return }
        toldRefusals = Set(told.split(separator: " ").compactMap { ReportCode(String($0)) })
    }
}

/// Finds the rows that reports about given keys could still change (`Ledger.known`).
struct KnownReader {
    let database: any Database
    let states: MessageStates
    let sentAgain: SentAgain

    /// Reads in portions, between which others may write.
    func messages(_ keys: [MessageKey], at now: Timestamp, _ policy: Policy) throws -> [KnownMessage] {
        var stretch = SentAgain.Stretch(isBackwards: false)
        let batches = keys.batches(atMost: database.itemsAtOnce)
        let found = try database.read(
            each: batches, beginning: { stretch = SentAgain.Stretch(isBackwards: false) }
        ) { keys in
            try states.find(Array(keys)).compactMap { state in
                let isSentAgain = try state.status == .pending && sentAgain.isMessage(state, in: &stretch)
                return state.known(at: now, isSentAgain: isSentAgain, policy)
            }
        }
        return found.flatMap(\.self)
    }
}
