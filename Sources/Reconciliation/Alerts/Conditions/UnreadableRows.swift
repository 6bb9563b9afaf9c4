/// Rows that nobody can judge, counted by why.
package struct UnreadableRows: Hashable, Sendable {
    /// Pending ones whose time of acceptance cannot be read: asked about, never given up.
    package var times = 0
    /// Pending ones whose key cannot be one: never asked about.
    package var keys = 0
    /// Those whose status is no configured word, where none has one: the application's other words are its own.
    package var statuses = 0

    package init(times: Int = 0, keys: Int = 0, statuses: Int = 0) {
        self.times = times
        self.keys = keys
        self.statuses = statuses
    }

    package var total: Int { times + keys + statuses }

    /// `UnreadableRows`. The kinds are words of the configuration's, which needs mending: the same in every language.
    package var observation: AlertObservation {
        let kinds = [("accepted_at", times), ("message_key", keys), ("status", statuses)].filter { $0.1 > 0 }
        guard !kinds.isEmpty else { return .over(AlertIdentity(.unreadableRows)) }
        let detail = kinds.map { "\($0) \(NumberText.grouped($1))" }.joined(separator: ", ")
        return .holds(AlertIdentity(.unreadableRows), detail: detail)
    }
}
