package import Engine
package import Reconciliation

/// Rows for people.
struct MessageQueries {
    let mapping: TableMapping
    let database: any Database

    /// What is in a row; nil when there is none.
    func message(in row: RowLocator) throws -> StoredMessage? {
        try database.statement(
            """
            SELECT \(columns) FROM \(mapping.table) AS n LEFT JOIN reconciler_message AS t ON \(join)
            WHERE \(mapping.isAt("?1"))
            """
        ).first(SQLValue(row), read: message)
    }

    /// Messages that the reconciler gave up for a reason, highest keys first; `message(_:)` reads them.
    /// - Parameter key: they are below it; nil for all.
    func givenUp(
        for reason: DeadLetterReason, where condition: String, below key: MessageKey?, atMost limit: Int,
        _ visit: (any Row) throws -> Flow
    ) throws {
        try database.statement(
            """
            SELECT \(columns) FROM reconciler_message AS t CROSS JOIN \(mapping.table) AS n
            WHERE t.reason = ?1 \(key == nil ? "" : "AND t.message_key < ?2") AND \(mapping.isAt("t.row_id"))
                AND \(mapping.keyIs("t.message_key")) AND \(condition)
            ORDER BY t.message_key DESC LIMIT ?3
            """
        ).each(.text(reason.rawValue), SQLValue(key?.text), SQLValue(limit), body: visit)
    }

    func message(_ key: MessageKey) throws -> StoredMessage? {
        try database.statement(
            """
            SELECT \(columns) FROM \(mapping.table) AS n LEFT JOIN reconciler_message AS t ON \(join)
            \(mapping.whereKeyIs("?1"))
            """
        ).first(SQLValue(key), read: message)
    }

    func tracking(_ key: MessageKey) throws -> Tracking? {
        try database.statement(
            "SELECT \(Tracking.columns) FROM reconciler_message AS t WHERE t.message_key = ?1"
        ).first(SQLValue(key)) { Tracking($0, from: 0) }
    }

    func timeline(_ key: MessageKey) throws -> [AuditEntry] {
        try database.statement(
            """
            SELECT at, from_status, to_status, reason, code, source, detail FROM reconciler_audit
            WHERE message_key = ?1 ORDER BY id
            """
        ).all(SQLValue(key)) {
            AuditEntry(
                at: Timestamp(kept: $0.integer(0)), from: status($0.text(1)), to: status($0.text(2)),
                reason: $0.text(3).flatMap(DeadLetterReason.init(rawValue:)),
                code: $0.text(4).flatMap(ReportCode.init),
                source: $0.text(5).flatMap(AuditEntry.Source.init(rawValue:)) ?? .inquiry, detail: $0.text(6))
        }
    }

    private func status(_ word: String?) -> RowStatus { word.flatMap(RowStatus.init(rawValue:)) ?? .other }

    private var join: String { "t.message_key = \(mapping.exactKey)" }

    private var columns: String {
        func optional(_ column: String?) -> String { column.map { "n.\($0)" } ?? "NULL" }
        return """
            \(mapping.placeRead), \(optional(mapping.id)), \(mapping.keyRead), \(mapping.statusNumber), n.\(mapping.status),
                \(optional(mapping.serviceType)), \(optional(mapping.reportCode?.name)),
                \(optional(mapping.errorMessage?.name)), \(mapping.startColumns),
                \(optional(mapping.updatedAt)), t.reason, t.next_ask_at, t.first_seen_at, \(mapping.isOurs)
            """
    }

    func message(_ row: any Row) throws -> StoredMessage {
        let status = TableMapping.status(row.integer(3))
        let start = mapping.start(row, at: 8)
        let isReserved = !mapping.isNoTime(row.value(9))
        return try StoredMessage(
            row: mapping.locator(row), id: row.text(1),
            key: row.text(2).flatMap { $0.isEmpty ? nil : MessageKey($0) }, status: status,
            statusText: row.text(4) ?? "", serviceType: row.text(5), reportCode: row.text(6),
            errorMessage: row.text(7), acceptedAt: mapping.time.time(row.value(8)),
            updatedAt: mapping.time.time(row.value(10)), acceptedText: row.text(8),
            scheduledAt: isReserved ? mapping.time.time(row.value(9)) : nil,
            scheduledText: isReserved ? row.text(9) : nil, start: start, firstSeenAt: row.time(13),
            updatedText: row.text(10),
            reason: status == .deadLetter ? row.text(11).flatMap(DeadLetterReason.init(rawValue:)) : nil,
            nextAskAt: row.time(12), isOurs: row.flag(14))
    }
}

/// A row of the application's table, with what the reconciler knows of its message.
package struct StoredMessage: Hashable, Sendable {
    package var row: RowLocator
    /// The application's own id, where mapped.
    package var id: String?
    /// Nil until the message was accepted.
    package var key: MessageKey?
    package var status: RowStatus
    /// As it stands in the row.
    package var statusText: String
    package var serviceType: String?
    package var reportCode: String?
    package var errorMessage: String?
    package var acceptedAt: Timestamp?
    package var updatedAt: Timestamp?
    /// As they stand in the row.
    package var acceptedText: String?
    /// When it is to leave, where it was reserved for later.
    package var scheduledAt: Timestamp?
    package var scheduledText: String?
    /// From when its age counts, as far as the row tells: its acceptance, or later than that the time it is reserved
    /// for. Nil where one of them cannot be read.
    package var start: Timestamp?
    /// When its key was first seen, where another one was in its row before.
    package var firstSeenAt: Timestamp?
    package var updatedText: String?
    /// Why the reconciler made it a dead letter, while it is one.
    package var reason: DeadLetterReason?
    package var nextAskAt: Timestamp?
    /// False for another channel's row (`store.service_types`).
    package var isOurs = true
    /// Whether another key was in its row before, and it has not been seen there by a pass: its age will count from then.
    package var isSentAgain = false

    /// From when its age counts.
    package var countsFrom: Timestamp? { Tracking(firstSeenAt: firstSeenAt).start(start) }
}

/// All that is known of one message, for `show`.
package struct MessageDetail: Hashable, Sendable {
    /// Nil when the row is gone and only its history is left.
    package var message: StoredMessage?
    /// Nil when it was never asked about, or needs no question any more.
    package var tracking: Tracking?
    /// Oldest first.
    package var timeline: [AuditEntry]
    /// What verification has found of it and still keeps.
    package var differences: [Difference] = []

    /// Whether nothing is known. What was asked is no trace: it is only kept of messages that have a row.
    var isEmpty: Bool { message == nil && timeline.isEmpty && differences.isEmpty }
}

/// What became of dead letters that were to be pending again.
package struct RequeueResult: Hashable, Sendable {
    package var requeued: [MessageKey] = []
    package var notDeadLetters: [MessageKey] = []
    /// Others' rows (`store.service_types`).
    package var notOurs: [MessageKey] = []
    package var notFound: [MessageKey] = []
    /// Those whose rows the table does not let be changed, and why the first is not.
    package var refused: [MessageKey] = []
    package var refusal: LedgerError?
}

/// The messages of one send, by what their keys begin with.
struct SendReader {
    let mapping: TableMapping
    let database: any Database

    /// Pending ones that are due.
    func dueCount(_ send: RequestID, at now: Timestamp, _ policy: Policy, _ sentAgain: SentAgain) throws -> Int {
        var keys: Set<MessageKey> = []
        try database.statement(Self.query(mapping)).each(.text(send.text), .text(send.text + "\u{7f}")) { row in
            // Not one in whose row the application has sent again, before that was noted.
            if let state = try MessageState(row, mapping), RequestID(of: state.key) == send,
                state.turn(policy).isDue(at: now), try !sentAgain.isMessage(state)
            {
                keys.insert(state.key)
            }
            return .more
        }
        return keys.count
    }

    /// The range is that of the column's own order, which may hold more (see `TableMapping.whereKeyIs`): what follows
    /// the send's id is printable ASCII (`RequestID`). SQLite is kept on the index on the key.
    static func query(_ mapping: TableMapping) -> String {
        """
        SELECT \(MessageState.columns(mapping, status: "0"))
        FROM \(mapping.table) AS n
        LEFT JOIN reconciler_message AS t ON t.message_key = \(mapping.exactKey)
        WHERE n.\(mapping.key) > ?1 AND n.\(mapping.key) < ?2 AND \(mapping.statusOfFoundIs(.pending))
        """
    }
}
