package import Engine
package import Reconciliation

extension SQLLedger: SendLedger {
    package func record(
        _ keys: [MessageKey], serviceType: String?, at now: Timestamp
    ) throws(LedgerError) -> RecordResult {
        try perform { store in
            guard store.states.keyIsIndexed else { throw LedgerError.keyIsNotIndexed(configuration) }
            let rows = try NewRows(store.mapping, configuration, serviceType: serviceType, on: store.database)
            return try store.writing(.recorded, messages: keys.count) {
                var result = RecordResult()
                for key in keys where !result.recorded.contains(key) && !result.known.contains(key) {
                    if try store.states.find(key) == nil {
                        result.recorded.append(key)
                    } else {
                        result.known.append(key)
                    }
                }
                _ = try rows.add(result.recorded, at: now)
                // Reports that came before the row wait no longer than for the next cycle.
                for key in result.recorded { try store.reports.hasten(key, to: now) }
                return result
            }
        }
    }

    package func begin(_ send: NewSend, at now: Timestamp) throws(LedgerError) {
        try perform { store in
            guard store.states.keyIsIndexed else { throw LedgerError.keyIsNotIndexed(configuration) }
            let rows = try NewRows(
                store.mapping, configuration, serviceType: send.serviceType, withoutKey: true, on: store.database)
            try store.writing(.sent, messages: send.recipients) {
                try SentRows.check(store)
                let places = try rows.add([MessageKey?](repeating: nil, count: send.recipients), at: now).compactMap(
                    \.self)
                guard places.count == send.recipients else {
                    throw LedgerError.placeIsNotTold(store.mapping, configuration)
                }
                try store.sends.add(send, rows: places, judgeAt: send.within.map { now + $0 }, at: now)
            }
        }
    }

    package func openSends(at now: Timestamp, limit: Int) throws(LedgerError) -> [OpenSend] {
        try perform { store in try store.database.read { try store.sends.due(at: now, limit: limit) } }
    }

    package func openSend(_ key: SendKey) throws(LedgerError) -> OpenSend? {
        try perform { store in try store.database.read { try store.sends.find(key) } }
    }

    package func beginTry(of key: SendKey, at now: Timestamp) throws(LedgerError) -> [UInt8]? {
        try perform { store in try store.database.write { try store.sends.beginTry(of: key, at: now) } }
    }

    package func conclude(
        _ key: SendKey, _ conclusion: OpenSend.Conclusion, lookedAt: Timestamp?, tryAt: Timestamp, at now: Timestamp
    ) throws(LedgerError) -> SendStory {
        try perform { store in
            try store.database.write(messages: conclusion.outcomes.count) {
                if let send = try store.sends.find(key) {
                    let rows = try SentRows(store, configuration, send, at: now)
                    for recipient in try store.sends.recipients(of: key) where recipient.outcome == nil {
                        guard let outcome = conclusion.outcomes[recipient.number] else { continue }
                        let row = try rows.note(outcome, at: recipient.row)
                        try store.sends.note(outcome, of: recipient.number, row, key)
                    }
                    if Set(send.open).isSubset(of: conclusion.outcomes.keys) {
                        try store.sends.close(key, trouble: nil)
                    } else {
                        try store.sends.putOff(key, conclusion, lookedAt: lookedAt, until: tryAt)
                    }
                }
                return try story(key, store)
            }
        }
    }

    package func giveUp(_ key: SendKey, at now: Timestamp) throws(LedgerError) -> SendStory {
        try perform { store in
            try store.database.write {
                if let send = try store.sends.find(key) {
                    try store.sends.close(key, trouble: "not known by the end of its idempotency key's time")
                    let given = AlertOccurrence(
                        count: send.open.count,
                        examples: send.open.prefix(Alert.maximumExamples).map { MessageKey(key.reference($0).text) },
                        tally: [DeadLetterReason.unverifiable.rawValue: send.open.count])
                    let keeper = AlertStore(store.database, configuration)
                    try keeper.save(try keeper.book(after: [.occurred(.staleMessages, given)], at: now))
                }
                return try story(key, store)
            }
        }
    }

    package func lastCanary() throws(LedgerError) -> Timestamp? {
        try perform { store in try store.sends.lastCanary() }
    }

    package func canariesToJudge(at now: Timestamp) throws(LedgerError) -> [CanaryFlight] {
        try perform { store in
            try store.database.read {
                try store.sends.toJudge(at: now).map { key, createdAt in
                    let outcome = try store.sends.recipients(of: key).first?.outcome
                    var status: RowStatus?
                    if case .accepted(let message, _)? = outcome { status = try store.states.find(message)?.status }
                    return CanaryFlight(key: key, createdAt: createdAt, outcome: outcome, status: status)
                }
            }
        }
    }

    package func judged(
        _ canary: SendKey?, _ observation: AlertObservation, at now: Timestamp
    ) throws(LedgerError) {
        try perform { store in
            let keeper = AlertStore(store.database, configuration)
            guard try canary != nil || keeper.book(after: [observation], at: now).isChanged else { return }
            try store.database.write {
                try keeper.save(try keeper.book(after: [observation], at: now))
                if let canary { try store.sends.judged(canary) }
            }
        }
    }

    package func story(of key: SendKey) throws(LedgerError) -> SendStory? {
        try perform { store in try store.database.read { try store.sends.story(of: key) } }
    }

    private func story(_ key: SendKey, _ store: OpenDatabase) throws -> SendStory {
        guard let story = try store.sends.story(of: key) else {
            throw LedgerError(.unexpected, "\(configuration.place.text): there is no send \(key.text)")
        }
        return story
    }
}

extension LedgerError {
    fileprivate static func placeIsNotTold(_ mapping: TableMapping, _ configuration: LedgerConfiguration) -> LedgerError
    {
        let table = mapping.description
        let column = table.columns.first { quoted(name: $0.name) == table.address.column }?.name ?? table.address.column
        return LedgerError(
            .unusable,
            "`send` writes rows before their messages have a key, and could not find them again by column \(column) of table"
                + " \(configuration.table) in \(configuration.place.text): it is not AUTO_INCREMENT, or a trigger puts rows"
                + " elsewhere. Send in the application and use `record`, or make an AUTO_INCREMENT column the primary key"
        )
    }
}

extension OpenDatabase {
    /// A transaction that writes rows of ours.
    /// - Throws: where the account may not do that, an error that names what it lacks.
    fileprivate func writing<Value>(_ rows: OwnRows, messages: Int, _ body: () throws -> Value) throws -> Value {
        do {
            return try database.write(messages: messages, body)
        } catch let error as ServerError where error.kind == .forbidden {
            let grants = try database.missingGrants(mapping, for: rows)
            guard !grants.isEmpty else { throw error }
            throw LedgerError(
                .readOnly,
                "\(error.message) (\(error.code)): have an administrator run \(grants.joined(separator: " "))")
        }
    }
}
