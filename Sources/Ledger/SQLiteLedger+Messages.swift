package import Engine
package import Reconciliation

extension SQLiteLedger {
    /// Messages for `list`: with a reason, dead letters that the reconciler made for it; else the newest rows first,
    /// of one status or (nil) of any.
    package func list(
        status: RowStatus? = nil, reason: DeadLetterReason? = nil, limit: Int
    ) throws(LedgerError) -> [StoredMessage] {
        try perform { store in
            let queries = MessageQueries(mapping: store.mapping, connection: store.connection)
            guard let reason else { return try queries.list(status: status, limit: limit) }
            guard status == nil || status == .deadLetter else { return [] }
            return try queries.list(reason: reason, limit: limit)
        }
    }

    /// - Returns: nil when neither a row nor a trace of the message is there.
    package func message(_ key: MessageKey) throws(LedgerError) -> MessageDetail? {
        try perform { store in
            try store.connection.read {
                let queries = MessageQueries(mapping: store.mapping, connection: store.connection)
                let detail = MessageDetail(
                    message: try queries.message(key), tracking: try queries.tracking(key),
                    timeline: try queries.timeline(key))
                return detail.message == nil && detail.timeline.isEmpty ? nil : detail
            }
        }
    }

    /// How many pending messages of a send are due. Walks the table where no index on the key helps, so it is for
    /// people, not for cycles.
    package func dueCount(of send: RequestID, at now: Timestamp) throws(LedgerError) -> Int {
        try perform { store in
            try store.connection.read {
                try SendReader(mapping: store.mapping, connection: store.connection)
                    .dueCount(send, at: now, after: configuration.policy.after)
            }
        }
    }

    /// Makes these dead letters pending again and due now. Code and message of the row are emptied, and what was
    /// known from asking is forgotten.
    package func requeue(_ keys: [MessageKey], at now: Timestamp) throws(LedgerError) -> RequeueResult {
        try perform { store in
            var result = RequeueResult()
            var rest = keys[...]
            while !rest.isEmpty {
                let batch = rest.prefix(store.connection.pace.room)
                rest = rest.dropFirst(batch.count)
                let requeuer = Requeuer(store: store, now: now)
                result.add(try store.connection.write(messages: batch.count) { try requeuer.requeue(batch) })
            }
            return result
        }
    }

    /// The same for all dead letters that the reconciler made for that reason, with that code if one is given.
    package func requeue(
        reason: DeadLetterReason, code: ReportCode? = nil, at now: Timestamp
    ) throws(LedgerError) -> RequeueResult {
        try perform { store in
            let requeuer = Requeuer(store: store, now: now)
            var result = RequeueResult()
            var last: MessageKey?
            repeat {
                let room = store.connection.pace.room
                let (batch, end) = try store.connection.write(messages: room) {
                    try requeuer.requeue(reason: reason, code: code, past: last, atMost: room)
                }
                result.add(batch)
                last = end
            } while last != nil
            return result
        }
    }
}

extension RequeueResult {
    fileprivate mutating func add(_ other: RequeueResult) {
        requeued += other.requeued
        notDeadLetters += other.notDeadLetters
        notFound += other.notFound
    }
}
