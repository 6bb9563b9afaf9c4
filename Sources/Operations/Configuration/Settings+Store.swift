internal import Ledger

extension LedgerConfiguration {
    init(_ reader: ObjectReader) {
        self.init()
        place = Self.place(reader, otherwise: place)
        table = reader.word("table", otherwise: table)
        if table.lowercased().hasPrefix("reconciler_") || table.lowercased().hasPrefix("sqlite_") {
            reader.problem("table", "expected the application's table; reconciler_… and sqlite_… are not its own")
        }
        columns = Columns(reader.section("columns"))
        serviceTypes = reader.words("service_types")
        if serviceTypes != nil, columns.serviceType == nil {
            reader.problem(
                "service_types",
                "expected null, as store.columns.service_type is mapped to null: name the column, or leave this out")
        }
        statuses = Statuses(reader.section("statuses"))
        timeFormat = reader.choice("time_format", otherwise: timeFormat)
        utcOffset = reader.value("time_zone", otherwise: utcOffset, TimeZoneText.read)
        // SQLite waits on the daemon's only thread.
        busyTimeout = reader.duration(
            "busy_timeout", otherwise: busyTimeout, allowsZero: true, atMost: .seconds(3600))
        createIndex = reader.boolean("create_index", otherwise: createIndex)
        auditRetention = reader.duration("audit_retention", otherwise: auditRetention)
        reader.finish()
    }

    private static func place(_ reader: ObjectReader, otherwise: Place) -> Place {
        let server = reader.optional("url", otherwise: nil, hidden: true, ServerAddress.read)
        if reader.isGiven("url"), reader.isGiven("path") {
            reader.conflict("url", "path", message: "path and url are both given; the table is in one place: keep one")
        }
        if let server, !reader.isGiven("path") { return .server(server) }
        if reader.isGiven("password_file"), !reader.isGiven("url") {
            reader.problem("password_file", "belongs to store.url, which is missing; a file has no password")
        }
        guard case .file(let path) = otherwise else { return otherwise }
        return .file(reader.file("path", otherwise: path))
    }
}

extension LedgerConfiguration.Statuses {
    fileprivate init(_ reader: ObjectReader) {
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

extension LedgerConfiguration.Columns {
    fileprivate init(_ reader: ObjectReader) {
        self.init()
        id = reader.optionalWord("id", otherwise: id)
        messageKey = Self.required("message_key", otherwise: messageKey, reader)
        status = Self.required("status", otherwise: status, reader)
        acceptedAt = Self.required("accepted_at", otherwise: acceptedAt, reader)
        scheduledAt = reader.optionalWord("scheduled_at", otherwise: scheduledAt)
        serviceType = reader.optionalWord("service_type", otherwise: serviceType)
        reportCode = reader.optionalWord("report_code", otherwise: reportCode)
        errorMessage = reader.optionalWord("error_message", otherwise: errorMessage)
        updatedAt = reader.optionalWord("updated_at", otherwise: updatedAt)
        reportTwins(reader)
        reader.finish()
    }

    private static func required(_ key: String, otherwise: String, _ reader: ObjectReader) -> String {
        if reader.member(key)?.node.value == .null {
            reader.problem(key, "expected the name of a column, found null; the reconciler cannot work without it")
            return otherwise
        }
        return reader.word(key, otherwise: otherwise)
    }

    /// A column written for two purposes loses one of them. A table may well have its message key as its id.
    private func reportTwins(_ reader: ObjectReader) {
        let all: [(key: String, column: String?)] = [
            ("id", id), ("message_key", messageKey), ("status", status), ("accepted_at", acceptedAt),
            ("scheduled_at", scheduledAt), ("service_type", serviceType), ("report_code", reportCode),
            ("error_message", errorMessage), ("updated_at", updatedAt),
        ]
        for (index, later) in all.enumerated() {
            for earlier in all[..<index] where later.column?.lowercased() == earlier.column?.lowercased() {
                let isMessageKeyAsID = earlier.key == "id" && later.key == "message_key"
                guard later.column != nil, !isMessageKeyAsID, reader.isSound(later.key, earlier.key) else { continue }
                reader.conflict(
                    later.key, earlier.key,
                    message: "\(later.key) and \(earlier.key) are the same column; map one of them to another"
                        + (Self.mayBeNull(later.key) ? " or to null" : ""))
            }
        }
    }

    private static func mayBeNull(_ key: String) -> Bool { !["message_key", "status", "accepted_at"].contains(key) }
}
