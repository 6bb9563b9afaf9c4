internal import Engine
internal import Reconciliation

/// Carries out what resolutions say, inside a transaction of its caller's.
struct DecisionWriter {
    let states: MessageStates
    let rows: RowTable
    let tracking: TrackingTable
    let audit: AuditTable
    let hours: HourTable
    let rates: RateTables
    let reports: ReportTable
    /// How long a new message is left to its webhook.
    let after: Duration

    func carryOut(_ decisions: [Decision], at now: Timestamp) throws -> CommitResult {
        var result = CommitResult()
        try audit.together {
            var seen = try states.findToChange(decisions.map(\.message))
            for decision in decisions {
                let (key, row) = (decision.message.key, decision.message.row)
                // As it was seen at the beginning holds once: a change that misses is resolved by what is there then.
                let resolution = try carryOut(key, at: now) {
                    let ahead = seen.removeValue(forKey: row).flatMap { $0.state.key == key ? $0 : nil }
                    let found = try ahead ?? states.findToChange(key, lastSeenAt: row)
                    let resolution = try Resolution(decision, found?.state, kept: try reports.kept(key), at: now)
                    return (resolution, found?.times ?? .unknown)
                }
                // That of another message is noted by now.
                if resolution?.vacated != nil { seen = [:] }
                result.add(resolution, of: key)
            }
        }
        try hours.add(result.applied, at: now)
        try rates.add(result.applied, at: now)
        return result
    }

    /// A compare-and-set that misses is resolved once more, with the row as it is by then.
    /// - Parameter resolve: also says what the row's times look like.
    /// - Returns: what was done; nil where there was nothing to resolve, or the row changes under our hands.
    @discardableResult
    func carryOut(
        _ key: MessageKey, at now: Timestamp, _ resolve: () throws -> (Resolution, RowTimes)?
    ) throws -> Resolution? {
        for _ in 1...2 {
            guard let (resolution, times) = try resolve() else { return nil }
            if try apply(resolution, to: key, times, at: now) { return resolution }
        }
        return nil
    }

    /// - Returns: false when the compare-and-set missed; then nothing was done.
    private func apply(
        _ resolution: Resolution, to key: MessageKey, _ times: RowTimes, at now: Timestamp
    ) throws -> Bool {
        if let change = resolution.change, try !rows.make(change, of: key, times, at: now) { return false }
        if let kept = resolution.kept { try reports.keep(kept, for: key, at: now) }
        if let entry = resolution.audit, let change = resolution.change { try audit.add(entry, key, change.row) }
        // Before the former message is forgotten: by that the new one is known to be sent again.
        if let vacated = resolution.vacated, let state = try states.find(in: vacated),
            let note = Resolution.newcomer(state, insteadOf: key, at: now, after: after)
        {
            try tracking.save(note, of: state.key, at: now)
        }
        try tracking.keep(resolution.memory, of: key, at: now)
        return true
    }
}

/// What is remembered of messages between asks.
final class TrackingTable {
    private let upsert: any PreparedStatement
    private let remove: any PreparedStatement
    private let endWatch: any PreparedStatement

    init(on database: any Database) throws {
        upsert = try database.prepare(
            """
            INSERT INTO reconciler_message (message_key, row_id, next_ask_at, answers, answered_in_window, last_code,
                failures, reason, code, settled_at, refusal, noted_at, first_seen_at, told_refusals)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            \(database.dialect.onConflict(["message_key"])) row_id = ?2, next_ask_at = ?3, answers = ?4,
                answered_in_window = ?5, last_code = ?6, failures = ?7, reason = ?8,
                code = CASE WHEN ?8 IS NULL THEN NULL WHEN ?10 IS NULL THEN reconciler_message.code ELSE ?9 END,
                settled_at = CASE WHEN ?8 IS NULL THEN NULL ELSE coalesce(?10, reconciler_message.settled_at) END,
                refusal = ?11, noted_at = ?12, first_seen_at = coalesce(?13, reconciler_message.first_seen_at),
                told_refusals = ?14
            """)
        remove = try database.prepare("DELETE FROM reconciler_message WHERE message_key = ?1")
        endWatch = try database.prepare("UPDATE reconciler_message SET next_ask_at = NULL WHERE message_key = ?1")
    }

    /// Does what a resolution says of a message's memory.
    func keep(_ memory: Resolution.Memory, of key: MessageKey, at now: Timestamp) throws {
        switch memory {
        case .asItWas: break
        case .note(let note): try save(note, of: key, at: now)
        case .endWatch: try endWatch.run(SQLValue(key))
        case .forget: try remove.run(SQLValue(key))
        }
    }

    func save(_ note: Resolution.Note, of key: MessageKey, at now: Timestamp) throws {
        let tracking = note.tracking
        let told = tracking.toldRefusals.map(\.text).sorted().joined(separator: " ")
        try upsert.run(
            SQLValue(key), SQLValue(note.row), SQLValue(note.nextAskAt), SQLValue(tracking.answers),
            SQLValue(tracking.wasAnswered), SQLValue(tracking.lastCode?.text), SQLValue(tracking.failures),
            SQLValue(tracking.reason?.rawValue), SQLValue(note.code?.text), SQLValue(note.settledAt),
            SQLValue(tracking.refusal), SQLValue(now), SQLValue(tracking.firstSeenAt),
            SQLValue(told.isEmpty ? nil : told))
    }
}

/// Every change of a row, in the order in which they were made.
final class AuditTable {
    private let insert: BatchStatement
    private var waiting: [[SQLValue]] = []
    private var isGathering = false

    init(on database: any Database) throws {
        let columns = [
            "at", "message_key", "row_id", "from_status", "to_status", "reason", "code", "source", "detail",
            "is_listed",
        ]
        insert = BatchStatement(on: database) { count in
            let rows = (0..<count).map { number in
                let values = BatchStatement.parameters(columns.count, from: number * columns.count + 1)
                return "(\(values.joined(separator: ", ")))"
            }
            let names = columns.joined(separator: ", ")
            return "INSERT INTO reconciler_audit (\(names)) VALUES \(rows.joined(separator: ", "))"
        }
    }

    /// What `body` adds is written together, at its end; nothing where it fails. Until then nobody finds it in the table.
    func together(_ body: () throws -> Void) throws {
        isGathering = true
        defer {
            isGathering = false
            waiting = []
        }
        try body()
        try write()
    }

    func add(_ entry: AuditEntry, _ key: MessageKey, _ row: RowLocator) throws {
        waiting.append([
            SQLValue(entry.at), SQLValue(key), SQLValue(row), .text(entry.from.rawValue),
            .text(entry.to.rawValue), SQLValue(entry.reason?.rawValue), SQLValue(entry.code?.text),
            .text(entry.source.rawValue), SQLValue(entry.detail), SQLValue(entry.isListed),
        ])
        if !isGathering { try write() }
    }

    private func write() throws {
        let entries = waiting
        waiting = []
        try insert.about(entries) { _ = try $0.run($1) }
    }
}
