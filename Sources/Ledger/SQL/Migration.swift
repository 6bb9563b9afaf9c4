internal import Engine

/// One step from an older set of the reconciler's tables to the next. Never changed once released: add another.
struct Migration {
    let version: Int
    let tables: [TableDefinition]
    let indexes: [IndexDefinition]
    /// Added to tables of earlier steps.
    var columns: [(table: String, column: TableDefinition.Column)] = []

    static var currentVersion: Int { all.last?.version ?? 0 }

    /// Of what it makes beside columns.
    var names: [String] { tables.map(\.name) + indexes.map(\.name) }

    /// All that a table has in that version.
    static func columns(of table: String, in version: Int) -> [String] {
        all.prefix { $0.version <= version }.flatMap { step in
            step.tables.filter { $0.name == table }.flatMap(\.columns).map(\.name)
                + step.columns.filter { $0.table == table }.map(\.column.name)
        }
    }

    /// Brings the tables up to date, all steps in one transaction.
    /// - Parameter rowID: what the addresses of the application's rows are.
    /// - Returns: the versions reached by the steps that were taken.
    static func run(on database: any Database, place: String, rowID: RowAddress.Kind = .number) throws -> [Int] {
        guard try recordedVersion(on: database, place: place) ?? 0 < currentVersion else { return [] }
        return try database.write {
            // Another process may have been faster.
            let before = try recordedVersion(on: database, place: place) ?? 0
            let missing = all.filter { $0.version > before }
            for step in missing { try step.make(on: database, rowID) }
            try MetaTable(database: database).save(schemaVersion: currentVersion)
            return missing.map(\.version)
        }
    }

    private func make(on database: any Database, _ rowID: RowAddress.Kind) throws {
        let dialect = database.dialect
        for table in tables { try database.execute(dialect.creation(of: table, rowID: rowID)) }
        for (table, column) in columns { try database.execute(dialect.addition(of: column, to: table)) }
        for index in indexes { try database.execute(dialect.creation(of: index)) }
    }

    /// Nil when there are no tables yet.
    static func recordedVersion(on database: any Database, place: String) throws -> Int? {
        guard try database.holds(table: "reconciler_meta") else { return nil }
        // The first migration was broken off, and is gone on with.
        if !database.dialect.makesTablesInTransactions, try MetaTable(database: database).isNew() { return nil }
        guard let version = try MetaTable(database: database).schemaVersion(), version > 0 else {
            throw LedgerError.ownTablesChanged("table reconciler_meta has no schema_version that is one", place)
        }
        guard version <= currentVersion else {
            throw LedgerError(
                .newerSchema,
                "the reconciler's tables in \(place) were made by a newer version (schema \(version), this one knows"
                    + " \(currentVersion)): install that version again")
        }
        return version
    }

    /// The tables as they would be by now, empty: what stands for them where the reconciler has never been, for those who
    /// only read.
    /// - Throws: `unusable` where they are there, and of an older version.
    static func substitutes(on database: any Database, place: String) throws -> [TableDefinition] {
        guard let version = try recordedVersion(on: database, place: place) else {
            return all.flatMap(\.tables).map { table in
                let added = all.flatMap(\.columns).filter { $0.table == table.name }.map(\.column)
                return TableDefinition(name: table.name, columns: table.columns + added, key: table.key)
            }
        }
        guard version == currentVersion else {
            throw LedgerError(
                .unusable,
                "the reconciler's tables in \(place) are of version \(version): `bizgo-reconciler run` or `once` brings"
                    + " them to version \(currentVersion)")
        }
        return []
    }
}

extension Migration {
    static let all = [first, second, third, fourth, fifth, sixth, seventh, eighth, ninth]

    /// Times are milliseconds since 1970. `reconciler_message` is what is known of a message between asks; the
    /// application's row is at `row_id`.
    private static let first = Migration(
        version: 1,
        tables: [
            TableDefinition(
                name: "reconciler_meta",
                columns: [
                    .init("key", .word, isNotNull: true),
                    .init("value", .text),
                ], key: ["key"]),
            TableDefinition(
                name: "reconciler_message",
                columns: [
                    .init("message_key", .key, isNotNull: true),
                    .init("row_id", .rowID, isNotNull: true),
                    .init("next_ask_at", .integer),
                    .init("answers", .integer, isNotNull: true),
                    .init("answered_in_window", .integer, isNotNull: true),
                    .init("last_code", .text),
                    .init("failures", .integer, isNotNull: true),
                    .init("reason", .word),
                    .init("code", .word),
                    .init("settled_at", .integer),
                ], key: ["message_key"]),
            TableDefinition(
                name: "reconciler_audit",
                columns: [
                    .init("id", .number),
                    .init("at", .integer, isNotNull: true),
                    .init("message_key", .key, isNotNull: true),
                    .init("row_id", .rowID, isNotNull: true),
                    .init("from_status", .text, isNotNull: true),
                    .init("to_status", .text, isNotNull: true),
                    .init("reason", .word),
                    .init("code", .word),
                    .init("source", .word, isNotNull: true),
                    .init("detail", .text),
                ]),
            TableDefinition(
                name: "reconciler_alert",
                columns: [
                    .init("name", .word, isNotNull: true),
                    .init("labels", .word, isNotNull: true),
                    .init("state", .word, isNotNull: true),
                    .init("episode", .integer, isNotNull: true),
                    .init("count", .integer, isNotNull: true),
                    .init("examples", .text, isNotNull: true),
                    .init("tally", .text, isNotNull: true),
                    .init("detail", .text),
                    .init("since", .integer, isNotNull: true),
                    .init("last_event_at", .integer, isNotNull: true),
                    .init("over_since", .integer),
                    .init("resolved_at", .integer),
                    .init("refused_at", .integer),
                    .init("delivered_at", .integer),
                    .init("acknowledged", .integer, isNotNull: true),
                ], key: ["name", "labels"]),
            TableDefinition(
                name: "reconciler_telling",
                columns: [
                    .init("name", .word, isNotNull: true),
                    .init("labels", .word, isNotNull: true),
                    .init("sink", .word, isNotNull: true),
                    .init("episode", .integer, isNotNull: true),
                    .init("told_at", .integer),
                    .init("told_count", .integer, isNotNull: true),
                    .init("told_resolved", .integer, isNotNull: true),
                    .init("failures", .integer, isNotNull: true),
                    .init("not_before", .integer),
                ], key: ["name", "labels", "sink"]),
        ],
        indexes: [
            IndexDefinition(
                name: "reconciler_message_due", table: "reconciler_message", columns: ["next_ask_at", "message_key"],
                condition: "next_ask_at IS NOT NULL"),
            IndexDefinition(
                name: "reconciler_message_reason", table: "reconciler_message", columns: ["reason", "message_key"],
                condition: "reason IS NOT NULL"),
            IndexDefinition(name: "reconciler_audit_message", table: "reconciler_audit", columns: ["message_key"]),
        ])

    /// Reports fetched by polling that could not be applied when they came: the message has no row yet, or a failure
    /// is still to be confirmed.
    private static let second = Migration(
        version: 2,
        tables: [
            TableDefinition(
                name: "reconciler_report",
                columns: [
                    .init("message_key", .key, isNotNull: true),
                    .init("service_type", .word, isNotNull: true),
                    .init("code", .word, isNotNull: true),
                    .init("text", .text),
                    .init("reported_at", .integer),
                    .init("received_at", .integer, isNotNull: true),
                    .init("is_matched", .integer, isNotNull: true),
                    .init("tries", .integer, isNotNull: true),
                    .init("try_at", .integer, isNotNull: true),
                ], key: ["message_key", "service_type"])
        ],
        indexes: [
            IndexDefinition(
                name: "reconciler_report_due", table: "reconciler_report", columns: ["try_at", "message_key"]),
            IndexDefinition(name: "reconciler_report_received", table: "reconciler_report", columns: ["received_at"]),
        ])

    /// For the status page: what was settled, counted by the hour (hours since 1970) in the transaction that settled
    /// it, which spares an index on the audit's times; and the last cycles.
    private static let third = Migration(
        version: 3,
        tables: [
            TableDefinition(
                name: "reconciler_hour",
                columns: [
                    .init("hour", .integer, isNotNull: true),
                    .init("source", .word, isNotNull: true),
                    .init("outcome", .word, isNotNull: true),
                    .init("code", .word, isNotNull: true),
                    .init("count", .integer, isNotNull: true),
                ], key: ["hour", "source", "outcome", "code"]),
            TableDefinition(
                name: "reconciler_cycle",
                columns: [
                    .init("id", .number),
                    .init("started_at", .integer, isNotNull: true),
                    .init("duration_ms", .integer, isNotNull: true),
                    .init("result", .text, isNotNull: true),
                    .init("provider_state", .text, isNotNull: true),
                    .init("provider_since", .integer, isNotNull: true),
                    .init("provider_detail", .text),
                    .init("due", .integer, isNotNull: true),
                    .init("requests", .integer, isNotNull: true),
                    .init("settled", .integer, isNotNull: true),
                ]),
        ],
        indexes: [])

    /// Rows that the application's table refused to have changed: `StoreTrouble` lasts as long as there are any.
    private static let fourth = Migration(
        version: 4, tables: [],
        indexes: [
            IndexDefinition(
                name: "reconciler_message_refusal", table: "reconciler_message", columns: ["message_key"],
                condition: "refusal IS NOT NULL")
        ],
        columns: [("reconciler_message", .init("refusal", .text))])

    /// When a time yet to come was noted: one that was noted later than now was reckoned from a clock that was ahead.
    /// That a sink may have been told of what nobody noted it was told. And what an alert is about more precisely.
    private static let fifth = Migration(
        version: 5, tables: [], indexes: [],
        columns: [
            ("reconciler_message", .init("noted_at", .integer)),
            ("reconciler_report", .init("noted_at", .integer)),
            ("reconciler_telling", .init("failed_at", .integer)),
            ("reconciler_telling", .init("is_begun", .integer, isNotNull: true, otherwise: "0")),
            ("reconciler_alert", .init("cause", .text)),
        ])

    /// When a message's key was first seen in a row that had another one before; and by what such a row is known.
    /// And which refusals people have been told of while a message was open, so that each counts once.
    private static let sixth = Migration(
        version: 6, tables: [],
        indexes: [
            IndexDefinition(name: "reconciler_message_row", table: "reconciler_message", columns: ["row_id"]),
            IndexDefinition(name: "reconciler_audit_row", table: "reconciler_audit", columns: ["row_id"]),
        ],
        columns: [
            ("reconciler_message", .init("first_seen_at", .integer)),
            ("reconciler_message", .init("told_refusals", .text)),
        ])

    /// Sends of ours: what was asked of the provider, until it is known what became of each recipient, whose row is at
    /// `row_id`. One that is to be gone on with has a `try_at`; a canary that is to be judged a `judge_at`.
    private static let seventh = Migration(
        version: 7,
        tables: [
            TableDefinition(
                name: "reconciler_send",
                columns: [
                    .init("id", .number),
                    .init("send_key", .word, isNotNull: true),
                    .init("purpose", .word, isNotNull: true),
                    .init("created_at", .integer, isNotNull: true),
                    .init("body", .text),
                    .init("service_type", .word),
                    .init("tries", .integer, isNotNull: true),
                    .init("last_tried_at", .integer),
                    .init("is_known", .integer, isNotNull: true),
                    .init("looked_at", .integer),
                    .init("failures", .integer, isNotNull: true),
                    .init("trouble", .text),
                    .init("try_at", .integer),
                    .init("judge_at", .integer),
                ]),
            TableDefinition(
                name: "reconciler_send_recipient",
                columns: [
                    .init("send_key", .word, isNotNull: true),
                    .init("number", .integer, isNotNull: true),
                    .init("row_id", .rowID, isNotNull: true),
                    .init("message_key", .key),
                    .init("rejection", .text),
                ], key: ["send_key", "number"]),
        ],
        indexes: [
            IndexDefinition(name: "reconciler_send_key", table: "reconciler_send", columns: ["send_key"]),
            IndexDefinition(
                name: "reconciler_send_open", table: "reconciler_send", columns: ["try_at"],
                condition: "try_at IS NOT NULL"),
            IndexDefinition(name: "reconciler_send_created", table: "reconciler_send", columns: ["created_at"]),
            IndexDefinition(
                name: "reconciler_send_judge", table: "reconciler_send", columns: ["judge_at"],
                condition: "judge_at IS NOT NULL"),
            IndexDefinition(
                name: "reconciler_send_canary", table: "reconciler_send", columns: ["purpose"],
                condition: "purpose = 'canary'"),
        ])

    /// What became of messages, whoever settled them, and how long their reports took: counted by five minutes (`slot`, since
    /// 1970), so that nothing has to be walked through to watch shares of them.
    private static let eighth = Migration(
        version: 8,
        tables: [
            TableDefinition(
                name: "reconciler_outcome",
                columns: [
                    .init("slot", .integer, isNotNull: true),
                    .init("outcome", .word, isNotNull: true),
                    .init("count", .integer, isNotNull: true),
                ], key: ["slot", "outcome"]),
            TableDefinition(
                name: "reconciler_delay",
                columns: [
                    .init("slot", .integer, isNotNull: true),
                    .init("seconds", .integer, isNotNull: true),
                    .init("count", .integer, isNotNull: true),
                ], key: ["slot", "seconds"]),
        ],
        indexes: [])

    /// What verification has found, and how it stands: the meter of `DeliveryHistory`, its days (by their midnight in Korea),
    /// and what differs. Which dead letters a listing made. And what commands leave to whoever works on the database.
    private static let ninth = Migration(
        version: 9,
        tables: [
            TableDefinition(
                name: "reconciler_delivery_reading",
                columns: [
                    .init("at", .integer, isNotNull: true),
                    .init("accepted", .integer, isNotNull: true),
                    .init("delivered", .integer, isNotNull: true),
                    .init("failed", .integer, isNotNull: true),
                ], key: ["at"]),
            TableDefinition(
                name: "reconciler_delivery_day",
                columns: [
                    .init("day", .integer, isNotNull: true),
                    .init("accepted", .integer, isNotNull: true),
                    .init("delivered", .integer, isNotNull: true),
                    .init("failed", .integer, isNotNull: true),
                ], key: ["day"]),
            TableDefinition(
                name: "reconciler_difference",
                columns: [
                    .init("kind", .word, isNotNull: true),
                    .init("message_key", .key, isNotNull: true),
                    .init("row_status", .text),
                    .init("code", .word),
                    .init("accepted_at", .integer),
                    .init("found_at", .integer, isNotNull: true),
                ], key: ["kind", "message_key"]),
            TableDefinition(
                name: "reconciler_errand",
                columns: [
                    .init("id", .number),
                    .init("kind", .word, isNotNull: true),
                    .init("subject", .text, isNotNull: true),
                    .init("created_at", .integer, isNotNull: true),
                    .init("result", .text),
                ]),
        ],
        indexes: [
            IndexDefinition(name: "reconciler_difference_found", table: "reconciler_difference", columns: ["found_at"]),
            IndexDefinition(
                name: "reconciler_audit_listed", table: "reconciler_audit", columns: ["is_listed"],
                condition: "is_listed = 1"),
        ],
        columns: [("reconciler_audit", .init("is_listed", .integer, isNotNull: true, otherwise: "0"))])
}
