internal import FoundationEssentials
internal import Reconciliation

/// The alerts there are.
struct AlertTable {
    let database: any Database

    /// Alerts of a name that this version does not know are left alone.
    func load() throws -> [Alert] {
        try database.statement(
            """
            SELECT name, labels, state, episode, count, examples, tally, detail, since, last_event_at, over_since,
                resolved_at, refused_at, delivered_at, acknowledged, cause
            FROM reconciler_alert
            """
        ).all(read: Self.alert).compactMap(\.self)
    }

    func save(_ alert: Alert) throws {
        try database.statement(
            """
            INSERT INTO reconciler_alert (name, labels, state, episode, count, examples, tally, detail,
                since, last_event_at, over_since, resolved_at, refused_at, delivered_at, acknowledged, cause)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            \(database.dialect.onConflict(["name", "labels"])) state = ?3, episode = ?4, count = ?5, examples = ?6,
                tally = ?7, detail = ?8, since = ?9, last_event_at = ?10, over_since = ?11, resolved_at = ?12,
                refused_at = ?13, delivered_at = ?14, acknowledged = ?15, cause = ?16
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
            try database.statement("DELETE FROM \(table) WHERE name = ?1 AND labels = ?2")
                .run(.text(identity.name.rawValue), .text(identity.labelText))
        }
    }

    /// As much as can be added to, whatever a damaged row holds.
    private static let mostTallied = 1 << 53

    private static func alert(_ row: any Row) -> Alert? {
        guard let identity = AlertIdentity(name: row.text(0), labelText: row.text(1)),
            let state = row.text(2).flatMap(Alert.State.init(rawValue:)), let since = row.time(8),
            let lastEventAt = row.time(9)
        else { return nil }
        var alert = Alert(
            identity: identity, count: row.count(4),
            examples: (JSONColumn.read(row.text(5), as: [String].self) ?? []).map { MessageKey($0) },
            tally: (JSONColumn.read(row.text(6), as: [String: Int].self) ?? [:]).mapValues {
                min(max($0, 0), mostTallied)
            }, detail: row.text(7), since: since)
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

/// What each sink has been told of each alert. A row is there for every sink that is to be told at all.
struct NotificationRecordTable {
    let database: any Database

    func load() throws -> [NotificationRecord] {
        try database.statement(
            """
            SELECT name, labels, sink, episode, told_at, told_count, told_resolved, failures, not_before, failed_at,
                is_begun
            FROM reconciler_telling
            """
        ).all(read: Self.telling).compactMap(\.self)
    }

    /// Notes it, if the alert is still known.
    func save(_ telling: NotificationRecord) throws {
        guard try isKnown(telling.identity) else { return }
        try database.statement(
            """
            INSERT INTO reconciler_telling (name, labels, sink, episode, told_at, told_count, told_resolved, failures,
                not_before, failed_at, is_begun)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            \(database.dialect.onConflict(["name", "labels", "sink"])) episode = ?4, told_at = ?5, told_count = ?6,
                told_resolved = ?7, failures = ?8, not_before = ?9, failed_at = ?10, is_begun = ?11
            """
        ).run(
            .text(telling.identity.name.rawValue), .text(telling.identity.labelText), .text(telling.sink),
            SQLValue(telling.episode), SQLValue(telling.toldAt), SQLValue(telling.toldCount),
            SQLValue(telling.toldResolved), SQLValue(telling.failures), SQLValue(telling.notBefore),
            SQLValue(telling.failedAt), SQLValue(telling.isBegun))
    }

    private func isKnown(_ identity: AlertIdentity) throws -> Bool {
        try database.statement("SELECT 1 FROM reconciler_alert WHERE name = ?1 AND labels = ?2")
            .first(.text(identity.name.rawValue), .text(identity.labelText)) { _ in true } ?? false
    }

    /// Every sink that hears of such alerts is to be told of this one.
    func expect(_ identity: AlertIdentity, by sinks: [LedgerConfiguration.Sink]) throws {
        for sink in sinks where sink.hears(of: identity) {
            try database.statement(
                """
                INSERT INTO reconciler_telling (name, labels, sink, episode, told_count, told_resolved,
                    failures)
                VALUES (?1, ?2, ?3, 0, 0, 0, 0) \(database.dialect.onConflictNothing(["name", "labels", "sink"]))
                """
            ).run(.text(identity.name.rawValue), .text(identity.labelText), .text(sink.name))
        }
    }

    func remove(_ telling: NotificationRecord) throws {
        try database.statement("DELETE FROM reconciler_telling WHERE name = ?1 AND labels = ?2 AND sink = ?3")
            .run(.text(telling.identity.name.rawValue), .text(telling.identity.labelText), .text(telling.sink))
    }

    private static func telling(_ row: any Row) -> NotificationRecord? {
        guard let identity = AlertIdentity(name: row.text(0), labelText: row.text(1)) else { return nil }
        var telling = NotificationRecord(identity: identity, sink: row.text(2) ?? "")
        telling.episode = row.count(3)
        telling.toldAt = row.time(4)
        telling.toldCount = row.count(5)
        telling.toldResolved = row.flag(6)
        telling.failures = row.count(7)
        telling.notBefore = row.time(8)
        telling.failedAt = row.time(9)
        telling.isBegun = row.flag(10)
        return telling
    }
}

extension LedgerConfiguration.Sink {
    func hears(of identity: AlertIdentity) -> Bool { identity.isHeard(by: name, from: minimumSeverity) }
}

/// Small collections in a column: sorted, so that the same value is always the same text.
enum JSONColumn {
    static func of(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("texts and numbers can be encoded") }
        return String(decoding: data, as: UTF8.self)
    }

    /// Nil when it is not JSON of that type.
    static func read<Value: Decodable>(_ text: String?, as type: Value.Type = Value.self) -> Value? {
        text.flatMap { try? JSONDecoder().decode(type, from: Data($0.utf8)) }
    }
}
