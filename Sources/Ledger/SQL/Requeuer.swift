internal import Engine
internal import Reconciliation

/// Makes dead letters pending again.
struct Requeuer {
    let store: OpenDatabase
    let now: Timestamp
    /// Why the table does not let a row be changed; nil for an error of another kind.
    let rejection: (any Error) -> LedgerError?

    struct Letter {
        let key: MessageKey
        /// Where it was last seen, of a dead letter that the reconciler made; nil: wherever its key is found.
        var lastSeen: RowLocator?
    }

    /// The next dead letters past that key that the reconciler made for that reason.
    func deadLetters(
        _ reason: DeadLetterReason, _ code: ReportCode?, past last: MessageKey?, atMost limit: Int
    ) throws -> [Letter] {
        try store.database.statement(
            """
            SELECT message_key, row_id FROM reconciler_message
            WHERE reason = ?1 AND message_key > ?2 \(code == nil ? "" : "AND code = ?3")
            ORDER BY message_key LIMIT ?4
            """
        ).all(.text(reason.rawValue), .text(last?.text ?? ""), SQLValue(code?.text), SQLValue(limit)) {
            try Letter(key: MessageKey($0.text(0) ?? ""), lastSeen: store.mapping.locator($0, 1))
        }
    }

    /// Those whose messages were accepted in that time.
    func letters(_ letters: [Letter], accepted: AcceptanceSpan) throws -> [Letter] {
        guard accepted != .always else { return letters }
        return try letters.filter { letter in
            try found(letter).map { accepted.contains(store.mapping.time.time($0.times.acceptedAt)) } ?? false
        }
    }

    /// All in one transaction; one by one where the table refuses that.
    func requeue(_ letters: [Letter]) throws -> RequeueResult {
        do {
            return try store.database.write(messages: letters.count) { try requeueAll(letters) }
        } catch {
            guard rejection(error) != nil else { throw error }
        }
        var result = RequeueResult()
        for letter in letters {
            do {
                result.add(try store.database.write { try requeueAll([letter]) })
            } catch {
                guard let rejection = rejection(error) else { throw error }
                result.refused.append(letter.key)
                result.refusal = result.refusal ?? rejection
            }
        }
        return result
    }

    private func requeueAll(_ letters: [Letter]) throws -> RequeueResult {
        var result = RequeueResult()
        var seen: Set<MessageKey> = []
        for letter in letters where seen.insert(letter.key).inserted {
            guard let state = try found(letter)?.state else {
                result.notFound.append(letter.key)
                continue
            }
            let isOurs = try state.status != .other || store.rows.isOurs(letter.key, at: state.row)
            if !isOurs {
                if letter.lastSeen == nil { result.notOurs.append(letter.key) }
            } else if try requeue(letter) {
                result.requeued.append(letter.key)
            } else if letter.lastSeen == nil {
                // Of all of a reason, one that others have settled is not what was asked for, and no error.
                result.notDeadLetters.append(letter.key)
            }
        }
        return result
    }

    private func found(_ letter: Letter) throws -> FoundMessage? {
        guard let lastSeen = letter.lastSeen else { return try store.states.findToChange(letter.key) }
        return try store.states.findToChange(letter.key, lastSeenAt: lastSeen)
    }

    /// - Returns: whether the row was a dead letter.
    private func requeue(_ letter: Letter) throws -> Bool {
        let resolution = try store.writer.carryOut(letter.key, at: now) {
            guard let found = try found(letter) else { return nil }
            return Resolution.requeuing(found.state, at: now).map { ($0, found.times) }
        }
        return resolution != nil
    }
}

extension RequeueResult {
    mutating func add(_ other: RequeueResult) {
        requeued += other.requeued
        notDeadLetters += other.notDeadLetters
        notOurs += other.notOurs
        notFound += other.notFound
        refused += other.refused
        refusal = refusal ?? other.refusal
    }
}
