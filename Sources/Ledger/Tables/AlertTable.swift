internal import Reconciliation

/// The alerts there are.
struct AlertTable {
    let connection: Connection

    /// Alerts of a name that this version does not know are left alone.
    func load() throws -> [Alert] {
        try connection.statement(
            """
            SELECT name, labels, state, episode, count, examples, tally, detail, since, last_event_at, over_since,
                resolved_at, refused_at, delivered_at, acknowledged, cause
            FROM reconciler_alert
            """
        ).all(read: Self.alert).compactMap(\.self)
    }

    func save(_ alert: Alert) throws {
        try connection.statement(
            """
            INSERT OR REPLACE INTO reconciler_alert (name, labels, state, episode, count, examples, tally, detail,
                since, last_event_at, over_since, resolved_at, refused_at, delivered_at, acknowledged, cause)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            """
        ).run(
            .text(alert.identity.name.rawValue), .text(alert.identity.labelText), .text(alert.state.rawValue),
            SQLValue(alert.episode), SQLValue(alert.count), .text(JSONColumn.of(alert.examples.map(\.text))),
            .text(JSONColumn.of(alert.tally)), SQLValue(alert.detail), SQLValue(alert.since),
            SQLValue(alert.lastEventAt), SQLValue(alert.overSince), SQLValue(alert.resolvedAt),
            SQLValue(alert.refusedAt), SQLValue(alert.deliveredAt), SQLValue(alert.isAcknowledged),
            SQLValue(alert.cause?.rawValue))
    }

    /// Forgets an alert and what was told of it.
    func remove(_ identity: AlertIdentity) throws {
        for table in ["reconciler_alert", "reconciler_telling"] {
            try connection.statement("DELETE FROM \(table) WHERE name = ?1 AND labels = ?2")
                .run(.text(identity.name.rawValue), .text(identity.labelText))
        }
    }

    private static func alert(_ row: Statement) -> Alert? {
        guard let identity = AlertIdentity(name: row.text(0), labelText: row.text(1)),
            let state = row.text(2).flatMap(Alert.State.init(rawValue:)), let since = row.time(8),
            let lastEventAt = row.time(9)
        else { return nil }
        var alert = Alert(
            identity: identity, count: row.count(4),
            examples: (JSONColumn.read(row.text(5), as: [String].self) ?? []).map { MessageKey($0) },
            tally: JSONColumn.read(row.text(6)) ?? [:], detail: row.text(7), since: since)
        alert.state = state
        alert.episode = row.count(3)
        alert.lastEventAt = lastEventAt
        alert.overSince = row.time(10)
        alert.resolvedAt = row.time(11)
        alert.refusedAt = row.time(12)
        alert.deliveredAt = row.time(13)
        alert.isAcknowledged = row.flag(14)
        alert.cause = row.text(15).flatMap(AlertCause.init(rawValue:))
        return alert
    }
}

extension AlertIdentity {
    /// The labels as JSON, sorted by key.
    var labelText: String { JSONColumn.of(labels) }

    init?(name: String?, labelText: String?) {
        guard let name = name.flatMap(AlertName.init(rawValue:)),
            let labels = JSONColumn.read(labelText, as: [String: String].self)
        else { return nil }
        self.init(name, labels: labels)
    }
}
