internal import Reconciliation

/// Finds single messages: their rows, with what is remembered of them.
final class MessageStates {
    /// Whether a row can be found by its key without walking the table.
    let keyIsIndexed: Bool
    private let byLocator: Statement
    private let byKey: Statement
    private let inPlace: Statement
    /// Those that are looked for one after the other often were accepted together.
    private var starts: RepeatedStarts

    init(_ mapping: TableMapping, keyIsIndexed: Bool, on connection: Connection) throws {
        self.keyIsIndexed = keyIsIndexed
        starts = MessageState.starts(mapping)
        func statement(_ key: String, _ condition: String) throws -> Statement {
            try Statement(connection, Self.query(mapping, key, condition))
        }
        byLocator = try statement("?2", "WHERE n.\(mapping.rowid) = ?1 AND \(mapping.keyIs("?2"))")
        byKey = try Statement(connection, Self.byKeyQuery(mapping))
        inPlace = try statement(mapping.exactKey, "WHERE n.\(mapping.rowid) = ?1")
    }

    static func byKeyQuery(_ mapping: TableMapping) -> String { query(mapping, "?1", mapping.whereKeyIs("?1")) }

    private static func query(_ mapping: TableMapping, _ key: String, _ condition: String) -> String {
        """
        SELECT \(MessageState.columns(mapping)), \(mapping.updatedAt.map { "n.\($0)" } ?? "NULL")
        FROM \(mapping.table) AS n LEFT JOIN reconciler_message AS t ON t.message_key = \(key)
        \(condition)
        """
    }

    /// By its key alone.
    func find(_ key: MessageKey) throws -> MessageState? {
        try byKey.first(SQLValue(key)) { state($0, key) } ?? nil
    }

    /// Where its row was last seen or, if that row is another's by now (a `VACUUM` may renumber a table without an
    /// `INTEGER PRIMARY KEY`), where its key is found. A table is never walked for that.
    func find(_ key: MessageKey, lastSeenAt row: RowLocator) throws -> MessageState? {
        try found(key, lastSeenAt: row) { state($0, key) }
    }

    /// The same of a row that may be changed.
    func findToChange(_ key: MessageKey, lastSeenAt row: RowLocator) throws -> FoundMessage? {
        try found(key, lastSeenAt: row) { message($0, key) }
    }

    func findToChange(_ key: MessageKey) throws -> FoundMessage? {
        try byKey.first(SQLValue(key)) { message($0, key) } ?? nil
    }

    /// Whose row is there; nil when there is none, or none that has a key.
    func find(in row: RowLocator) throws -> MessageState? {
        try inPlace.first(.integer(row.rowid)) { state($0, nil) } ?? nil
    }

    private func found<Value>(
        _ key: MessageKey, lastSeenAt row: RowLocator, _ read: (Statement) -> Value?
    ) throws -> Value? {
        let found = try byLocator.first(.integer(row.rowid), SQLValue(key), read: read) ?? nil
        return try found ?? (keyIsIndexed ? byKey.first(SQLValue(key), read: read) ?? nil : nil)
    }

    private func state(_ row: Statement, _ key: MessageKey?) -> MessageState? { MessageState(row, &starts, key: key) }

    private func message(_ row: Statement, _ key: MessageKey) -> FoundMessage? {
        let times = RowTimes(updatedAt: row.value(MessageState.columnCount), acceptedAt: row.value(3))
        return state(row, key).map { FoundMessage(state: $0, times: times) }
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
    /// - Parameter status: as a number.
    static func columns(_ mapping: TableMapping, status: String? = nil) -> String {
        """
        n.\(mapping.rowid), n.\(mapping.key), \(status ?? mapping.statusNumber), \(mapping.startColumns),
            t.message_key IS NOT NULL, t.next_ask_at, \(Tracking.columns)
        """
    }

    /// As many are in `columns`.
    static let columnCount: Int32 = 15

    /// - Parameters:
    ///   - column: where `columns` begin.
    ///   - key: of the message that was looked for.
    /// - Returns: nil without a key: such a message was not accepted yet, or cannot be asked about (`hasUnreadableKey`).
    init?(_ row: Statement, _ mapping: TableMapping, from column: Int32 = 0, key: MessageKey? = nil) {
        guard let key = key ?? row.key(column + 1) else { return nil }
        self.init(row, from: column, key, start: mapping.start(row, at: column + 3))
    }

    /// The same of one row of many.
    /// - Parameters:
    ///   - starts: reads column 3.
    ///   - key: of the message that was looked for.
    init?(_ row: Statement, _ starts: inout RepeatedStarts, key: MessageKey? = nil) {
        guard let key = key ?? row.key(1) else { return nil }
        self.init(row, from: 0, key, start: starts.next(row))
    }

    private init(_ row: Statement, from column: Int32, _ key: MessageKey, start: Timestamp?) {
        self.init(
            key: key, row: RowLocator(rowid: row.integer(column)), status: TableMapping.status(row.integer(column + 2)),
            start: start, tracking: row.flag(column + 5) ? Tracking(row, from: column + 7) : nil,
            nextAskAt: row.time(column + 6))
    }

    static func starts(_ mapping: TableMapping) -> RepeatedStarts { RepeatedStarts(mapping: mapping, column: 3) }

    static func hasUnreadableKey(_ row: Statement) -> Bool { row.holdsNoKey(1) }

    /// Whether it was asked about before and not given up since: such a row is found by its time to be asked again.
    static func waits(_ row: Statement) -> Bool { !row.isNull(6) && row.isNull(11) }

    func isFarAhead(_ row: Statement, _ mapping: TableMapping, of now: Timestamp) -> Bool {
        isFarAhead(of: now, acceptedAt: mapping.time.time(row.value(3)))
    }
}

extension Tracking {
    /// In the order in which `init(_:from:)` reads them; `t` is `reconciler_message`.
    static let columns =
        "t.answers, t.answered_in_window, t.last_code, t.failures, t.reason, t.refusal, t.first_seen_at, "
        + "t.told_refusals"

    /// - Parameter column: where `columns` begin.
    init(_ row: Statement, from column: Int32) {
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
    let connection: Connection
    let states: MessageStates
    let sentAgain: SentAgain

    /// Reads in steps of a `TimeSlice`, between which others may write.
    func messages(_ keys: [MessageKey], at now: Timestamp, _ policy: Policy) throws -> [KnownMessage] {
        var found: [KnownMessage] = []
        found.reserveCapacity(keys.count)
        var stretch = SentAgain.Stretch(isBackwards: false)
        try connection.read(each: keys, beginning: { stretch = SentAgain.Stretch(isBackwards: false) }) { key in
            guard let state = try states.find(key) else { return }
            let isSentAgain = try state.status == .pending && sentAgain.isMessage(state, in: &stretch)
            if let known = state.known(at: now, isSentAgain: isSentAgain, policy) { found.append(known) }
        }
        return found
    }
}
