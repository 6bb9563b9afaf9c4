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
                var detail = MessageDetail(
                    message: try queries.message(key), tracking: try queries.tracking(key),
                    timeline: try queries.timeline(key))
                if detail.tracking == nil, let message = detail.message, message.status == .pending {
                    detail.message?.isSentAgain =
                        try store.sentAgain.isMessage(key, in: message.row, from: message.start)
                }
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
                    .dueCount(send, at: now, configuration.policy, store.sentAgain)
            }
        }
    }

    /// Makes these dead letters pending again and due now. Code and message of the row are emptied, and what was
    /// known from asking is forgotten. A row that the table refuses does not keep the others from it.
    package func requeue(_ keys: [MessageKey], at now: Timestamp) throws(LedgerError) -> RequeueResult {
        try perform { store in
            let requeuer = Requeuer(store: store, now: now, rejection: rejection)
            var result = RequeueResult()
            var rest = keys[...]
            while !rest.isEmpty {
                let batch = rest.prefix(store.connection.pace.room)
                rest = rest.dropFirst(batch.count)
                result.add(try requeuer.requeue(batch.map { Requeuer.Letter(key: $0) }))
            }
            return result
        }
    }

    /// The same for all dead letters that the reconciler made for that reason, with that code if one is given.
    package func requeue(
        reason: DeadLetterReason, code: ReportCode? = nil, at now: Timestamp
    ) throws(LedgerError) -> RequeueResult {
        try perform { store in
            let requeuer = Requeuer(store: store, now: now, rejection: rejection)
            var result = RequeueResult()
            var batch = try requeuer.deadLetters(reason, code, past: nil, atMost: store.connection.pace.room)
            while let last = batch.last {
                result.add(try requeuer.requeue(batch))
                batch = try requeuer.deadLetters(reason, code, past: last.key, atMost: store.connection.pace.room)
            }
            return result
        }
    }

    private func rejection(_ error: any Error) -> LedgerError? {
        let meaning = meaning(of: error)
        return meaning.kind == .rowRejected ? meaning : nil
    }
}
