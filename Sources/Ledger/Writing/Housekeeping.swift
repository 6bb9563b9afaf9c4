internal import Reconciliation

/// Removes what nobody needs any more, a bounded piece at a time, inside a transaction of its caller's.
final class Housekeeping {
    /// Audit rows and tracking rows looked at in one go.
    static let auditRowsAtOnce = 5_000
    static let trackingRowsAtOnce = 1_000

    private let rows: RowTable
    private let tracking: TrackingTable
    private let sentAgain: SentAgain
    private let refusals: RefusalReader
    /// Nil where a row is found by its key.
    private let movedRows: MovedRows?
    private let nextTracked: Statement
    private let position: Statement
    private let auditPiece: Statement
    private let pruneAudit: Statement
    private let bringBackFar: Statement
    private let bringBackNoted: [BringingBack]
    /// How far the sweep over all tracking rows has come; it begins anew when it has come to the end.
    private var sweptTo = ""
    /// The audit is looked at from here on: behind rows that were written while the clock was ahead.
    private var prunedTo = Int64.min

    init(
        rows: RowTable, tracking: TrackingTable, _ sentAgain: SentAgain, _ mapping: TableMapping,
        on connection: Connection
    ) throws {
        self.rows = rows
        movedRows = rows.keyIsIndexed ? nil : try MovedRows(mapping, on: connection)
        self.tracking = tracking
        self.sentAgain = sentAgain
        refusals = RefusalReader(connection: connection)
        nextTracked = try Statement(
            connection,
            """
            SELECT message_key, row_id FROM reconciler_message WHERE message_key > ?1
            ORDER BY message_key LIMIT \(Self.trackingRowsAtOnce)
            """)
        position = try Statement(connection, "SELECT row_id FROM reconciler_message WHERE message_key = ?1")
        // In the order in which they were written, which needs no index on the time.
        auditPiece = try Statement(
            connection,
            """
            SELECT max(id), count(*), total(at BETWEEN ?2 AND ?3) FROM
                (SELECT id, at FROM reconciler_audit WHERE id > ?1 ORDER BY id LIMIT \(Self.auditRowsAtOnce))
            """)
        pruneAudit = try Statement(connection, "DELETE FROM reconciler_audit WHERE id > ?1 AND id <= ?2 AND at < ?3")
        bringBackFar = try Statement(
            connection,
            """
            UPDATE reconciler_message SET next_ask_at = ?1 WHERE message_key IN
                (SELECT message_key FROM reconciler_message WHERE next_ask_at > ?2
                ORDER BY next_ask_at DESC LIMIT \(Self.trackingRowsAtOnce))
            """)
        bringBackNoted = [
            try BringingBack("next_ask_at", of: "reconciler_message", on: connection),
            try BringingBack("try_at", of: "reconciler_report", on: connection),
        ]
    }

    /// Times to ask, or to look again, that were noted while the clock was ahead: those noted later than now, and those
    /// that are further away than any schedule makes them. Now is when they would be, or should have been.
    func bringBack(notAskedBefore limit: Timestamp, to now: Timestamp) throws {
        try bringBackFar.run(SQLValue(now), SQLValue(limit))
        for table in bringBackNoted { try table.step(to: now) }
    }

    /// - Parameters:
    ///   - suspects: messages that were met in passing and seem to need no tracking.
    ///   - window: dead letters that are older are not asked about.
    func tidy(
        auditBefore limit: Timestamp, suspects: Set<MessageKey>, window: Duration, at now: Timestamp
    ) throws {
        try pruneAudit(before: limit, at: now)
        for key in suspects {
            guard let row = try position(of: key) else { continue }
            try check(key, row, window, at: now)
        }
        // People are told of these as long as they are there.
        for refused in try refusals.rows() { try check(refused.key, refused.row, window, at: now) }
        let swept = try nextTracked.all(.text(sweptTo)) {
            (key: MessageKey($0.text(0) ?? ""), row: RowLocator(rowid: $0.integer(1)))
        }
        for message in swept { try check(message.key, message.row, window, at: now) }
        sweptTo = swept.count < Self.trackingRowsAtOnce ? "" : swept.last?.key.text ?? ""
    }

    /// Behind a row that is to be kept there are only newer ones, unless its time is yet to come.
    private func pruneAudit(before limit: Timestamp, at now: Timestamp) throws {
        let piece = try auditPiece.first(.integer(prunedTo), SQLValue(limit), SQLValue(now)) {
            (last: $0.integer(0), isWhole: $0.count(1) == Self.auditRowsAtOnce, holdsKept: $0.integer(2) > 0)
        }
        guard let piece else { return }
        let removed = try pruneAudit.run(.integer(prunedTo), .integer(piece.last), SQLValue(limit))
        if piece.isWhole, !piece.holdsKept {
            prunedTo = piece.last
        } else if removed == 0 || !piece.isWhole {
            prunedTo = .min
        }
    }

    private func check(_ key: MessageKey, _ lastSeen: RowLocator, _ window: Duration, at now: Timestamp) throws {
        var row = try rows.locate(key, lastSeenAt: lastSeen)
        if row == nil, let movedRows {
            guard try movedRows.follow(at: now), let place = try position(of: key) else { return }
            row = try rows.locate(key, lastSeenAt: place)
        }
        if row == nil { try sentAgain.note(in: lastSeen, insteadOf: key, at: now) }
        try tracking.forget(key, whoseRowIs: row?.status)
        if let row, row.status == .deadLetter, let start = row.start {
            try tracking.endWatch(key, start: start, before: now - window)
        }
    }

    private func position(of key: MessageKey) throws -> RowLocator? {
        try position.first(SQLValue(key)) { RowLocator(rowid: $0.integer(0)) }
    }
}
