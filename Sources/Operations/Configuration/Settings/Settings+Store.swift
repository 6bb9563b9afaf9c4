internal import Reconciliation

extension Settings {
    /// The application's database, and how its table is read.
    package struct Store: Sendable, Equatable {
        package var path = "/var/lib/bizgo-reconciler/notifications.db"
        package var table = "notification_history"
        /// The words in the column `service_type` that mark the rows that are ours. nil: all are.
        package var serviceTypes: [String]?
        package var columns = Columns()
        package var statuses = Statuses()
        package var timeFormat = TimeFormat.iso8601
        /// Seconds east of UTC of times that carry no offset.
        package var timeZoneOffset = KoreanTime.offset
        package var busyTimeout = Duration.seconds(5)
        package var createIndex = false
        package var auditRetention = Duration.seconds(90 * 86_400)

        package init() {}
    }

    /// How the application writes times.
    package enum TimeFormat: String, Sendable, CaseIterable {
        case iso8601
        case unix
        case unixMilliseconds = "unix_ms"
    }

    /// The application's words.
    package struct Statuses: Sendable, Equatable {
        package var pending = "PENDING"
        package var sent = "SENT"
        package var deadLetter = "DEAD_LETTER"

        package init() {}
    }
}

extension Settings.Store {
    init(_ reader: ObjectReader) {
        self.init()
        path = reader.file("path", otherwise: path)
        table = reader.word("table", otherwise: table)
        if table.lowercased().hasPrefix("reconciler_") || table.lowercased().hasPrefix("sqlite_") {
            reader.problem("table", "expected the application's table; reconciler_… and sqlite_… are not its own")
        }
        columns = Settings.Columns(reader.section("columns"))
        serviceTypes = reader.words("service_types")
        if serviceTypes != nil, columns.serviceType == nil {
            reader.problem(
                "service_types",
                "expected null, as store.columns.service_type is mapped to null: name the column, or leave this out")
        }
        statuses = Settings.Statuses(reader.section("statuses"))
        timeFormat = reader.choice("time_format", otherwise: timeFormat)
        timeZoneOffset = reader.value("time_zone", otherwise: timeZoneOffset, TimeZoneText.read)
        // SQLite waits on the daemon's only thread.
        busyTimeout = reader.duration(
            "busy_timeout", otherwise: busyTimeout, allowsZero: true, atMost: .seconds(3600))
        createIndex = reader.boolean("create_index", otherwise: createIndex)
        auditRetention = reader.duration("audit_retention", otherwise: auditRetention)
        reader.finish()
    }
}

extension Settings.Statuses {
    init(_ reader: ObjectReader) {
        self.init()
        pending = reader.word("pending", otherwise: pending)
        sent = reader.word("sent", otherwise: sent)
        deadLetter = reader.word("dead_letter", otherwise: deadLetter)
        for (key, other, isSame) in [
            ("sent", "pending", sent == pending), ("dead_letter", "pending", deadLetter == pending),
            ("dead_letter", "sent", deadLetter == sent),
        ] where isSame && reader.isSound(key, other) {
            reader.conflict(key, other, message: "\(key) and \(other) are the same word; every status needs its own")
        }
        reader.finish()
    }
}
