internal import Engine

/// One step from an older set of the reconciler's tables to the next. Never changed once released: add another.
struct Migration {
    let version: Int
    /// What follows `CREATE TABLE`.
    let tables: [String]
    /// What follows `CREATE INDEX`.
    let indexes: [String]
    /// Added to tables of earlier steps.
    var columns: [Column] = []

    struct Column {
        let table: String
        let definition: String
    }

    static var currentVersion: Int { all.last?.version ?? 0 }

    /// Brings the tables up to date, all steps in one transaction.
    /// - Returns: the versions reached by the steps that were taken.
    static func run(on connection: Connection, path: String) throws -> [Int] {
        guard try recordedVersion(on: connection, path: path) ?? 0 < currentVersion else { return [] }
        return try connection.write {
            // Another process may have been faster.
            let before = try recordedVersion(on: connection, path: path) ?? 0
            let missing = all.filter { $0.version > before }
            for step in missing {
                for table in step.tables { try connection.execute("CREATE TABLE main.\(table)") }
                for column in step.columns { try connection.execute(column.addition(to: "main")) }
                for index in step.indexes { try connection.execute("CREATE INDEX main.\(index)") }
            }
            try connection.execute(
                "INSERT OR REPLACE INTO reconciler_meta (key, value) VALUES ('schema_version', '\(currentVersion)')")
            return missing.map(\.version)
        }
    }

    /// Lets a connection that only reads query tables that are not there yet: empty temporary ones take their place.
    static func substitute(on connection: Connection, path: String) throws {
        guard let version = try recordedVersion(on: connection, path: path) else {
            for table in all.flatMap(\.tables) { try connection.execute("CREATE TEMP TABLE \(table)") }
            for column in all.flatMap(\.columns) { try connection.execute(column.addition(to: "temp")) }
            return
        }
        guard version == currentVersion else {
            throw LedgerError(
                .unusable,
                "the reconciler's tables in \(path) are of version \(version): `bizgo-reconciler run` or `once` brings"
                    + " them to version \(currentVersion)")
        }
    }

    /// Nil when there are no tables yet.
    static func recordedVersion(on connection: Connection, path: String) throws -> Int? {
        let exists = try connection.statement(
            "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = 'reconciler_meta'"
        ).first { $0.flag(0) }
        guard exists == true else { return nil }
        let text = try connection.statement("SELECT value FROM main.reconciler_meta WHERE key = 'schema_version'")
            .first { $0.text(0) ?? "" }
        guard let version = text.flatMap({ Int($0) }), version > 0 else {
            throw LedgerError.ownTablesChanged("table reconciler_meta has no schema_version that is one", path)
        }
        guard version <= currentVersion else {
            throw LedgerError(
                .newerSchema,
                "the reconciler's tables in \(path) were made by a newer version (schema \(version), this one knows"
                    + " \(currentVersion)): install that version again")
        }
        return version
    }
}

extension Migration.Column {
    fileprivate func addition(to schema: String) -> String {
        "ALTER TABLE \(schema).\(table) ADD COLUMN \(definition)"
    }
}

extension Migration {
    static let all = [first, second, third, fourth, fifth, sixth, seventh, eighth, ninth]

    /// Times are milliseconds since 1970. `reconciler_message` is what is known of a message between asks; the
    /// application's row is at `row_id`.
    private static let first = Migration(
        version: 1,
        tables: [
            "reconciler_meta (key TEXT PRIMARY KEY NOT NULL, value TEXT) WITHOUT ROWID",
            """
            reconciler_message (
                message_key TEXT PRIMARY KEY NOT NULL,
                row_id INTEGER NOT NULL,
                next_ask_at INTEGER,
                answers INTEGER NOT NULL,
                answered_in_window INTEGER NOT NULL,
                last_code TEXT,
                failures INTEGER NOT NULL,
                reason TEXT,
                code TEXT,
                settled_at INTEGER
            ) WITHOUT ROWID
            """,
            """
            reconciler_audit (
                id INTEGER PRIMARY KEY,
                at INTEGER NOT NULL,
                message_key TEXT NOT NULL,
                row_id INTEGER NOT NULL,
                from_status TEXT NOT NULL,
                to_status TEXT NOT NULL,
                reason TEXT,
                code TEXT,
                source TEXT NOT NULL,
                detail TEXT
            )
            """,
            """
            reconciler_alert (
                name TEXT NOT NULL,
                labels TEXT NOT NULL,
                state TEXT NOT NULL,
                episode INTEGER NOT NULL,
                count INTEGER NOT NULL,
                examples TEXT NOT NULL,
                tally TEXT NOT NULL,
                detail TEXT,
                since INTEGER NOT NULL,
                last_event_at INTEGER NOT NULL,
                over_since INTEGER,
                resolved_at INTEGER,
                refused_at INTEGER,
                delivered_at INTEGER,
                acknowledged INTEGER NOT NULL,
                PRIMARY KEY (name, labels)
            ) WITHOUT ROWID
            """,
            """
            reconciler_telling (
                name TEXT NOT NULL,
                labels TEXT NOT NULL,
                sink TEXT NOT NULL,
                episode INTEGER NOT NULL,
                told_at INTEGER,
                told_count INTEGER NOT NULL,
                told_resolved INTEGER NOT NULL,
                failures INTEGER NOT NULL,
                not_before INTEGER,
                PRIMARY KEY (name, labels, sink)
            ) WITHOUT ROWID
            """,
        ],
        indexes: [
            "reconciler_message_due ON reconciler_message (next_ask_at, message_key) WHERE next_ask_at IS NOT NULL",
            "reconciler_message_reason ON reconciler_message (reason, message_key) WHERE reason IS NOT NULL",
            "reconciler_audit_message ON reconciler_audit (message_key)",
        ])

    /// Reports fetched by polling that could not be applied when they came: the message has no row yet, or a failure
    /// is still to be confirmed.
    private static let second = Migration(
        version: 2,
        tables: [
            """
            reconciler_report (
                message_key TEXT NOT NULL,
                service_type TEXT NOT NULL,
                code TEXT NOT NULL,
                text TEXT,
                reported_at INTEGER,
                received_at INTEGER NOT NULL,
                is_matched INTEGER NOT NULL,
                tries INTEGER NOT NULL,
                try_at INTEGER NOT NULL,
                PRIMARY KEY (message_key, service_type)
            ) WITHOUT ROWID
            """
        ],
        indexes: [
            "reconciler_report_due ON reconciler_report (try_at, message_key)",
            "reconciler_report_received ON reconciler_report (received_at)",
        ])

    /// For the status page: what was settled, counted by the hour (hours since 1970) in the transaction that settled
    /// it, which spares an index on the audit's times; and the last cycles.
    private static let third = Migration(
        version: 3,
        tables: [
            """
            reconciler_hour (
                hour INTEGER NOT NULL,
                source TEXT NOT NULL,
                outcome TEXT NOT NULL,
                code TEXT NOT NULL,
                count INTEGER NOT NULL,
                PRIMARY KEY (hour, source, outcome, code)
            ) WITHOUT ROWID
            """,
            """
            reconciler_cycle (
                id INTEGER PRIMARY KEY,
                started_at INTEGER NOT NULL,
                duration_ms INTEGER NOT NULL,
                result TEXT NOT NULL,
                provider_state TEXT NOT NULL,
                provider_since INTEGER NOT NULL,
                provider_detail TEXT,
                due INTEGER NOT NULL,
                requests INTEGER NOT NULL,
                settled INTEGER NOT NULL
            )
            """,
        ],
        indexes: [])

    /// Rows that the application's table refused to have changed: `StoreTrouble` lasts as long as there are any.
    private static let fourth = Migration(
        version: 4, tables: [],
        indexes: ["reconciler_message_refusal ON reconciler_message (message_key) WHERE refusal IS NOT NULL"],
        columns: [Column(table: "reconciler_message", definition: "refusal TEXT")])

    /// When a time yet to come was noted: one that was noted later than now was reckoned from a clock that was ahead.
    /// That a sink may have been told of what nobody noted it was told. And what an alert is about more precisely.
    private static let fifth = Migration(
        version: 5, tables: [], indexes: [],
        columns: [
            Column(table: "reconciler_message", definition: "noted_at INTEGER"),
            Column(table: "reconciler_report", definition: "noted_at INTEGER"),
            Column(table: "reconciler_telling", definition: "failed_at INTEGER"),
            Column(table: "reconciler_telling", definition: "is_begun INTEGER NOT NULL DEFAULT 0"),
            Column(table: "reconciler_alert", definition: "cause TEXT"),
        ])

    /// When a message's key was first seen in a row that had another one before; and by what such a row is known.
    /// And which refusals people have been told of while a message was open, so that each counts once.
    private static let sixth = Migration(
        version: 6, tables: [],
        indexes: [
            "reconciler_message_row ON reconciler_message (row_id)",
            "reconciler_audit_row ON reconciler_audit (row_id)",
        ],
        columns: [
            Column(table: "reconciler_message", definition: "first_seen_at INTEGER"),
            Column(table: "reconciler_message", definition: "told_refusals TEXT"),
        ])

    /// Sends of ours: what was asked of the provider, until it is known what became of each recipient, whose row is at
    /// `row_id`. One that is to be gone on with has a `try_at`; a canary that is to be judged a `judge_at`.
    private static let seventh = Migration(
        version: 7,
        tables: [
            """
            reconciler_send (
                id INTEGER PRIMARY KEY,
                send_key TEXT NOT NULL,
                purpose TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                body TEXT,
                service_type TEXT,
                tries INTEGER NOT NULL,
                last_tried_at INTEGER,
                is_known INTEGER NOT NULL,
                looked_at INTEGER,
                failures INTEGER NOT NULL,
                trouble TEXT,
                try_at INTEGER,
                judge_at INTEGER
            )
            """,
            """
            reconciler_send_recipient (
                send_key TEXT NOT NULL,
                number INTEGER NOT NULL,
                row_id INTEGER NOT NULL,
                message_key TEXT,
                rejection TEXT,
                PRIMARY KEY (send_key, number)
            ) WITHOUT ROWID
            """,
        ],
        indexes: [
            "reconciler_send_key ON reconciler_send (send_key)",
            "reconciler_send_open ON reconciler_send (try_at) WHERE try_at IS NOT NULL",
            "reconciler_send_created ON reconciler_send (created_at)",
            "reconciler_send_judge ON reconciler_send (judge_at) WHERE judge_at IS NOT NULL",
            "reconciler_send_canary ON reconciler_send (purpose) WHERE purpose = 'canary'",
        ])

    /// What became of messages, whoever settled them, and how long their reports took: counted by five minutes (`slot`, since
    /// 1970), so that nothing has to be walked through to watch shares of them.
    private static let eighth = Migration(
        version: 8,
        tables: [
            """
            reconciler_outcome (
                slot INTEGER NOT NULL,
                outcome TEXT NOT NULL,
                count INTEGER NOT NULL,
                PRIMARY KEY (slot, outcome)
            ) WITHOUT ROWID
            """,
            """
            reconciler_delay (
                slot INTEGER NOT NULL,
                seconds INTEGER NOT NULL,
                count INTEGER NOT NULL,
                PRIMARY KEY (slot, seconds)
            ) WITHOUT ROWID
            """,
        ],
        indexes: [])

    /// What verification has found, and how it stands: the meter of `DeliveryHistory`, its days (by their midnight in Korea),
    /// and what differs. Which dead letters a listing made. And what commands leave to whoever works on the database.
    private static let ninth = Migration(
        version: 9,
        tables: [
            """
            reconciler_delivery_reading (
                at INTEGER PRIMARY KEY,
                accepted INTEGER NOT NULL,
                delivered INTEGER NOT NULL,
                failed INTEGER NOT NULL
            )
            """,
            """
            reconciler_delivery_day (
                day INTEGER PRIMARY KEY,
                accepted INTEGER NOT NULL,
                delivered INTEGER NOT NULL,
                failed INTEGER NOT NULL
            )
            """,
            """
            reconciler_difference (
                kind TEXT NOT NULL,
                message_key TEXT NOT NULL,
                row_status TEXT,
                code TEXT,
                accepted_at INTEGER,
                found_at INTEGER NOT NULL,
                PRIMARY KEY (kind, message_key)
            ) WITHOUT ROWID
            """,
            """
            reconciler_errand (
                id INTEGER PRIMARY KEY,
                kind TEXT NOT NULL,
                subject TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                result TEXT
            )
            """,
        ],
        indexes: [
            "reconciler_difference_found ON reconciler_difference (found_at)",
            "reconciler_audit_listed ON reconciler_audit (is_listed) WHERE is_listed = 1",
        ],
        columns: [Column(table: "reconciler_audit", definition: "is_listed INTEGER NOT NULL DEFAULT 0")])
}
