internal import Engine

/// Looks at the application's table and refuses what cannot be worked on, by name.
struct TableInspection {
    let database: any Database
    let configuration: LedgerConfiguration

    func mapping() throws -> TableMapping {
        let table = try database.description(of: configuration.table)
        let columns = configuration.columns
        let status = try find(columns.status, "status", table, isWritten: true)
        try checkWords(status, of: table)
        let key = try find(columns.messageKey, "message_key", table)
        try checkKey(key)
        let updatedAt = try columns.updatedAt.map { try find($0, "updated_at", table, isWritten: true) }
        return TableMapping(
            description: table, dialect: database.dialect,
            key: quoted(name: key.name), keyType: key.soughtAs,
            status: quoted(name: status.name),
            acceptedAt: quoted(name: try find(columns.acceptedAt, "accepted_at", table).name),
            scheduledAt: try columns.scheduledAt.map { quoted(name: try find($0, "scheduled_at", table).name) },
            id: try columns.id.map { quoted(name: try find($0, "id", table).name) },
            serviceType: try columns.serviceType.map { quoted(name: try find($0, "service_type", table).name) },
            reportCode: try columns.reportCode.map { try optional($0, "report_code", table) },
            errorMessage: try columns.errorMessage.map { try optional($0, "error_message", table, cuts: true) },
            updatedAt: updatedAt.map { quoted(name: $0.name) },
            serviceTypes: columns.serviceType == nil ? nil : configuration.serviceTypes,
            words: configuration.statuses,
            time: TimeCodec(
                format: configuration.timeFormat, utcOffset: configuration.utcOffset,
                column: updatedAt?.takes ?? .anything))
    }

    private var place: String { configuration.place.text }

    private func find(
        _ name: String, _ role: String, _ table: TableDescription, isWritten: Bool = false
    ) throws -> TableDescription.Column {
        guard let column = table.column(name) else {
            let names = table.columns.map(\.name).joined(separator: ", ")
            throw LedgerError(
                .unusable,
                "no column \(name) in table \(configuration.table) of \(place): there are: \(names); see"
                    + " store.columns.\(role)")
        }
        if isWritten, column.isGenerated {
            throw LedgerError(
                .unusable,
                "column \(name) of table \(configuration.table) in \(place) is generated and cannot be written: map"
                    + " store.columns.\(role) to an ordinary one")
        }
        return column
    }

    /// What is read of it is not what was written: the provider knows no such message.
    private func checkKey(_ column: TableDescription.Column) throws {
        guard column.isZeroFilled else { return }
        throw LedgerError(
            .unusable,
            "column \(column.name) of table \(configuration.table) in \(place) is of the type \(column.type), which fills"
                + " message keys up with zero bytes: make it a VARBINARY or a VARCHAR, and take those away from the keys"
                + " that are there (TRIM(TRAILING 0x00 FROM \(column.name))); see store.columns.message_key")
    }

    /// By the column's own rules `SENT` and `Sent` may be one word: a message that was settled would still be pending.
    private func checkWords(_ column: TableDescription.Column, of table: TableDescription) throws {
        let words = configuration.statuses
        let roles = [words.pending: "pending", words.sent: "sent", words.deadLetter: "dead_letter"]
        let all = [words.pending, words.sent, words.deadLetter]
        guard let (other, word) = try database.indistinct(all, in: column, of: table) else { return }
        throw LedgerError(
            .unusable,
            "\(other) and \(word) are one word to column \(column.name) (COLLATE \(column.collation)) of table"
                + " \(configuration.table) in \(place): give store.statuses.\(roles[other] ?? "") and"
                + " store.statuses.\(roles[word] ?? "") words that it tells apart")
    }

    private func optional(
        _ name: String, _ role: String, _ table: TableDescription, cuts: Bool = false
    ) throws -> TableMapping.OptionalColumn {
        let column = try find(name, role, table, isWritten: true)
        return TableMapping.OptionalColumn(
            name: quoted(name: column.name), isNotNull: column.isNotNull, length: cuts ? column.length : nil,
            narrowSet: cuts ? column.narrowSet : nil)
    }
}
