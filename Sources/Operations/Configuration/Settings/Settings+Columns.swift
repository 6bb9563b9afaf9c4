extension Settings {
    /// The table's columns. nil: mapped to null, never read nor written.
    package struct Columns: Sendable, Equatable {
        package var id: String? = "id"
        package var messageKey = "external_id"
        package var status = "status"
        package var acceptedAt = "created_at"
        package var scheduledAt: String?
        package var serviceType: String? = "service_type"
        package var reportCode: String? = "report_code"
        package var errorMessage: String? = "error_message"
        package var updatedAt: String? = "updated_at"

        package init() {}
    }
}

extension Settings.Columns {
    init(_ reader: ObjectReader) {
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
            ("error_message", errorMessage),
            ("updated_at", updatedAt),
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
