internal import Engine
internal import Reconciliation

/// What the provider's statistics have said.
struct DeliveryTable {
    let database: any Database

    func load() throws -> DeliveryHistory {
        DeliveryHistory(
            readings: try rows("at", of: "reconciler_delivery_reading") { .init(at: Timestamp(kept: $0), $1) },
            days: try rows("day", of: "reconciler_delivery_day") { .init(KoreanDay(Timestamp(kept: $0)), $1) })
    }

    /// In place of all that was kept.
    func save(_ history: DeliveryHistory) throws {
        try replace("at", of: "reconciler_delivery_reading", by: history.readings.map { ($0.at, $0.counts) })
        try replace("day", of: "reconciler_delivery_day", by: history.days.map { ($0.day.start, $0.counts) })
    }

    private func rows<Item>(
        _ key: String, of table: String, _ make: (Int64, DeliveryCounts) -> Item
    ) throws -> [Item] {
        try database.statement("SELECT \(key), accepted, delivered, failed FROM \(table) ORDER BY \(key)").all {
            row in
            make(
                row.integer(0), DeliveryCounts(accepted: row.count(1), delivered: row.count(2), failed: row.count(3)))
        }
    }

    private func replace(_ key: String, of table: String, by items: [(key: Timestamp, counts: DeliveryCounts)]) throws {
        try database.statement("DELETE FROM \(table)").run()
        let insert = try database.statement(
            "INSERT INTO \(table) (\(key), accepted, delivered, failed) VALUES (?1, ?2, ?3, ?4)")
        for (key, counts) in items {
            try insert.run(
                SQLValue(key), SQLValue(counts.accepted), SQLValue(counts.delivered), SQLValue(counts.failed))
        }
    }
}

/// What differs between rows and what the provider says.
struct DifferenceTable {
    let database: any Database

    /// Removed in one cycle.
    private static let prunedAtOnce = 250

    func holds(_ difference: Difference) throws -> Bool {
        try database.statement("SELECT 1 FROM reconciler_difference WHERE kind = ?1 AND message_key = ?2")
            .first(.text(difference.kind.rawValue), SQLValue(difference.key)) { _ in true } ?? false
    }

    func add(_ difference: Difference, at now: Timestamp) throws {
        try database.statement(
            """
            INSERT INTO reconciler_difference (kind, message_key, row_status, code, accepted_at, found_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6) \(database.dialect.onConflictNothing(["kind", "message_key"]))
            """
        ).run(
            .text(difference.kind.rawValue), SQLValue(difference.key), SQLValue(difference.rowStatus?.rawValue),
            SQLValue(difference.code?.text), SQLValue(difference.acceptedAt), SQLValue(now))
    }

    func counts() throws -> [Difference.Kind: Int] {
        let counts = try database.statement("SELECT kind, count(*) FROM reconciler_difference GROUP BY kind").all {
            row in
            (row.text(0).flatMap(Difference.Kind.init(rawValue:)), row.count(1))
        }
        return Dictionary(counts.compactMap { kind, count in kind.map { ($0, count) } }) { first, _ in first }
    }

    /// Newest first.
    func newest(_ limit: Int) throws -> [Difference] {
        try database.statement("\(Self.selection) ORDER BY found_at DESC, message_key LIMIT ?1")
            .all(SQLValue(limit), read: Self.difference).compactMap(\.self)
    }

    /// Those of one message.
    func of(_ key: MessageKey) throws -> [Difference] {
        // By the primary key, which begins with the kind.
        try database.statement(
            "\(Self.selection) WHERE kind IN (\(Self.kinds)) AND message_key = ?1 ORDER BY found_at"
        ).all(SQLValue(key), read: Self.difference).compactMap(\.self)
    }

    private static let selection =
        "SELECT kind, message_key, row_status, code, accepted_at FROM reconciler_difference"
    private static let kinds = Difference.Kind.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")

    private static func difference(_ row: any Row) -> Difference? {
        row.text(0).flatMap(Difference.Kind.init(rawValue:)).map { kind in
            Difference(
                kind, MessageKey(row.text(1) ?? ""), rowStatus: row.text(2).flatMap(RowStatus.init(rawValue:)),
                code: row.text(3).flatMap(ReportCode.init), acceptedAt: row.time(4))
        }
    }

    /// Inside a transaction of its caller's; a few at a time.
    func prune(foundBefore limit: Timestamp) throws {
        try database.statement(
            """
            DELETE FROM reconciler_difference WHERE (kind, message_key) IN (SELECT kind, message_key FROM
                (SELECT kind, message_key FROM reconciler_difference WHERE found_at < ?1
                ORDER BY found_at LIMIT \(Self.prunedAtOnce)) AS old)
            """
        ).run(SQLValue(limit))
    }
}

/// What commands leave to whoever works on the database.
struct ErrandTable {
    let database: any Database

    func add(_ errand: Errand, at now: Timestamp) throws -> ErrandID {
        let id = try database.statement(
            "INSERT INTO reconciler_errand (kind, subject, created_at) VALUES (?1, ?2, ?3)"
        ).insert([.text(errand.kind.rawValue), .text(errand.subject), SQLValue(now)], numbering: "id")
        return ErrandID(number: id)
    }

    /// Damaged ones, which nobody can read, keep none of the others from being done.
    func open(_ kind: Errand.Kind, limit: Int) throws -> [(id: ErrandID, errand: Errand)] {
        let open = try database.statement(
            "SELECT id, subject FROM reconciler_errand WHERE result IS NULL AND kind = ?1 ORDER BY id"
        ).all(.text(kind.rawValue)) { row in
            Errand(kind, subject: row.text(1) ?? "").map { (id: ErrandID(number: row.integer(0)), errand: $0) }
        }
        return Array(open.compactMap(\.self).prefix(limit))
    }

    func end(_ id: ErrandID, with result: ErrandResult) throws {
        try database.statement("UPDATE reconciler_errand SET result = ?2 WHERE id = ?1")
            .run(.integer(id.number), .text(result.text))
    }

    /// Nil while it is open.
    func result(of id: ErrandID) throws -> ErrandResult? {
        let found = try database.statement("SELECT kind, subject, result FROM reconciler_errand WHERE id = ?1")
            .first(.integer(id.number)) { row in (row.text(0), row.text(1), row.text(2)) }
        guard let (kind, subject, result) = found,
            let errand = kind.flatMap(Errand.Kind.init(rawValue:)).flatMap({ Errand($0, subject: subject ?? "") })
        else { throw LedgerError(.unexpected, "what was asked for has been removed from reconciler_errand: ask again") }
        guard let result else { return nil }
        guard let result = ErrandResult(of: errand, result) else {
            throw LedgerError(.damaged, "the result in row \(id.number) of reconciler_errand cannot be read: ask again")
        }
        return result
    }

    func remove(_ id: ErrandID) throws {
        try database.statement("DELETE FROM reconciler_errand WHERE id = ?1").run(.integer(id.number))
    }

    /// Those whose command has gone.
    func prune(createdBefore limit: Timestamp) throws {
        try database.statement("DELETE FROM reconciler_errand WHERE created_at < ?1").run(SQLValue(limit))
    }
}
