internal import Engine
internal import Reconciliation

/// Keeps alerts and tellings in step with what was observed. What changes is `AlertStates`'s decision.
struct AlertStore {
    let database: any Database
    let alerts: AlertTable
    let tellings: NotificationRecordTable
    let meta: MetaTable
    let rules: AlertRules
    let sinks: [LedgerConfiguration.Sink]

    init(_ database: any Database, _ configuration: LedgerConfiguration) {
        self.database = database
        alerts = AlertTable(database: database)
        tellings = NotificationRecordTable(database: database)
        meta = MetaTable(database: database)
        rules = configuration.alertRules
        sinks = configuration.sinks
    }

    /// The book as it would be after the observations.
    func book(after observations: [AlertObservation], at now: Timestamp) throws -> AlertStates {
        let known = try alerts.load()
        let lastDeliveryAt = try meta.lastDelivery()
        func after(_ tellings: [NotificationRecord]) -> AlertStates {
            var book = AlertStates(known, tellings: tellings, lastDeliveryAt: lastDeliveryAt)
            for observation in observations { book.apply(observation, at: now, rules: rules) }
            book.advance(to: now, rules: rules)
            return book
        }
        let book = after([])
        // Who has yet to hear of it matters only where something begins anew, be it over just now: a query less for
        // all others.
        return book.hasBegunAnew(since: known) ? after(try tellings.load().filter(isHeard)) : book
    }

    /// Ends refusals after which the application's own webhook has reported a delivery. Looks at the table only while
    /// refusals fire.
    func endRefusals(by latest: LatestSent, at now: Timestamp) throws {
        guard try book(after: [], at: now).hasRefusals, let time = try latest.acceptedAt(noLaterThan: now) else {
            return
        }
        try database.write {
            var book = try book(after: [], at: now)
            if book.deliveredElsewhere(time, at: now, rules: rules) { try save(book) }
        }
    }

    /// To be called in a transaction for writing, with a book made in it.
    func save(_ book: AlertStates) throws {
        for identity in book.changed {
            guard let alert = book.alerts[identity] else { continue }
            try alerts.save(alert)
            // Also for one that is over already: it began while these sinks were there to be told.
            try tellings.expect(identity, by: sinks)
        }
        if let time = book.lastDeliveryAt, time != (try meta.lastDelivery()) { try meta.save(lastDelivery: time) }
    }

    /// Makes the outbox fit the sinks there are now: one that is new learns of what fires; one that is gone, or hears
    /// less, keeps what it is owed the end of.
    func adoptSinks(firing: [Alert]) throws {
        for telling in try tellings.load() {
            if !isHeard(telling), !telling.owesEnd { try tellings.remove(telling) }
        }
        for alert in firing { try tellings.expect(alert.identity, by: sinks) }
    }

    /// What fires, and what has resolved without every sink knowing.
    func snapshot(of book: AlertStates) throws -> AlertSnapshot {
        let all = Dictionary(grouping: try tellings.load(), by: \.identity)
        let shown = book.alerts.values
            .filter { $0.isFiring || isOutstanding($0, all[$0.identity] ?? []) }
            .oldestFirst
        let tellings = shown.flatMap { alert in (all[alert.identity] ?? []).sorted { $0.sink < $1.sink } }
        return AlertSnapshot(alerts: shown, tellings: tellings)
    }

    /// Forgets alerts that resolved before `limit` and that everybody knows of.
    func prune(resolvedBefore limit: Timestamp) throws {
        let old = try alerts.load().filter { !$0.isFiring && ($0.resolvedAt ?? $0.lastEventAt) < limit }
        guard !old.isEmpty else { return }
        let all = Dictionary(grouping: try tellings.load(), by: \.identity)
        let known = old.filter { !isOutstanding($0, all[$0.identity] ?? []) }
        guard !known.isEmpty else { return }
        try database.write { for alert in known { try alerts.remove(alert.identity) } }
    }

    private func isHeard(_ telling: NotificationRecord) -> Bool {
        sinks.contains { $0.name == telling.sink && $0.hears(of: telling.identity) }
    }

    private func isOutstanding(_ alert: Alert, _ tellings: [NotificationRecord]) -> Bool {
        tellings.contains { telling in
            let sink = sinks.first { $0.name == telling.sink }
            // One that is gone may come back, which nobody waits for. A command that only looks knows of none.
            guard sink != nil || sinks.isEmpty else { return false }
            let isDeaf = sink.map { !$0.hears(of: alert.identity) } ?? false
            let next = isDeaf ? rules.last(alert, telling) : rules.next(alert, telling, inhibited: false)
            return next != .nothing
        }
    }
}

/// Finds a message of whose delivery only the application knows: once webhooks arrive again, it settles rows before the
/// reconciler asks about any. Rows the reconciler has settled are left out: it has judged them by their reports, and
/// one that a fallback delivered says nothing of the account.
struct LatestSent {
    /// The newest rows of the table, looked at in one go.
    static let rowsLookedAt = 1_000

    let mapping: TableMapping
    let database: any Database

    /// When the last accepted of the newest such rows was accepted, or was to leave; its report came later than that. In whole seconds,
    /// as the provider's report times are, so that the two can be compared. Times after `now` are mistakes and count
    /// for nothing.
    func acceptedAt(noLaterThan now: Timestamp) throws -> Timestamp? {
        try database.statement(
            """
            SELECT accepted_at, scheduled_at FROM (
                SELECT n.\(mapping.acceptedAt) AS accepted_at,
                    \(mapping.scheduledAt.map { "n.\($0)" } ?? "NULL") AS scheduled_at, \(mapping.statusNumber) AS status,
                    \(mapping.exactKey) AS message_key
                FROM \(mapping.table) AS n ORDER BY \(mapping.place) DESC LIMIT \(Self.rowsLookedAt)
            ) AS newest WHERE status = 1 AND NOT EXISTS (
                SELECT 1 FROM reconciler_audit AS a WHERE a.message_key = newest.message_key AND a.to_status = 'sent'
            )
            """
        ).all { mapping.start($0, at: 0) }.compactMap(\.self).filter { $0 <= now }.max().map {
            Timestamp(seconds: $0.milliseconds / 1000)
        }
    }
}
