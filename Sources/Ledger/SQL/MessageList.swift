package import Reconciliation

/// Finds what `list` shows, in steps of a `Portion`, between which others may write. Times of acceptance are texts of
/// the application's own, which only `TimeCodec` can compare: every row that the rest of the filter leaves is read.
struct MessageList {
    let queries: MessageQueries
    let filter: MessageFilter
    let limit: Int

    private var mapping: TableMapping { queries.mapping }

    /// Newest rows first; with a reason, highest keys first.
    func messages() throws -> [StoredMessage] {
        guard let reason = filter.reason else { return try newestRows() }
        guard filter.status == nil || filter.status == .deadLetter else { return [] }
        return try deadLetters(reason)
    }

    private func newestRows() throws -> [StoredMessage] {
        var found: [StoredMessage] = []
        try walk().each { row in
            guard filter.accepted.contains(mapping.time.time(row.value(1))) else { return .more }
            // While the walk stands on the row, nobody changes what is read of it.
            if let message = try queries.message(in: mapping.locator(row)) { found.append(message) }
            return found.count < limit ? .more : .stop
        }
        return found
    }

    /// An index on the status that does not keep the order of the table would be read to its end and sorted in every step.
    private func walk() throws -> RowWalk {
        let byIndex = query(filter.status.map(mapping.statusIs) ?? mapping.isOurs)
        let path = try queries.database.accessPath(of: byIndex.sql(["<"], backwards: true), by: mapping.status)
        guard path.sorts else { return walk(byIndex, isWalk: path.index == nil) }
        return walk(query(filter.status.map(mapping.statusOfFoundIs) ?? mapping.isOurs), isWalk: true)
    }

    private func walk(_ query: RowWalk.Query, isWalk: Bool) -> RowWalk {
        RowWalk(query, walking: isWalk ? mapping : nil, backwards: true, on: queries.database)
    }

    private func query(_ condition: String) -> RowWalk.Query {
        RowWalk.Query("n.\(mapping.acceptedAt)", of: mapping, where: narrowed(condition))
    }

    private func narrowed(_ condition: String) -> String {
        filter.serviceType.map { "\(condition) AND \(mapping.serviceTypeIs($0))" } ?? condition
    }

    private func deadLetters(_ reason: DeadLetterReason) throws -> [StoredMessage] {
        let condition = narrowed(mapping.statusOfFoundIs(.deadLetter))
        var found: [StoredMessage] = []
        var position: MessageKey?
        var isOver = false
        while !isOver {
            var portion = queries.database.portion()
            isOver = true
            try queries.givenUp(for: reason, where: condition, below: position, atMost: portion.rows) { row in
                let message = try queries.message(row)
                if filter.accepted.contains(message.acceptedAt) { found.append(message) }
                guard found.count < limit else { return .stop }
                portion.count()
                guard portion.isOver, let key = message.key else { return .more }
                (position, isOver) = (key, false)
                return .stop
            }
        }
        return found
    }
}

/// Which messages `list` is about: those to which all of it applies.
package struct MessageFilter: Hashable, Sendable {
    /// Nil for any.
    package var status: RowStatus?
    /// Why the reconciler made it a dead letter.
    package var reason: DeadLetterReason?
    /// The word in the row, compared by the column's own rules.
    package var serviceType: String?
    package var accepted: AcceptanceSpan

    package init(
        status: RowStatus? = nil, reason: DeadLetterReason? = nil, serviceType: String? = nil,
        accepted: AcceptanceSpan = .always
    ) {
        self.status = status
        self.reason = reason
        self.serviceType = serviceType
        self.accepted = accepted
    }
}
