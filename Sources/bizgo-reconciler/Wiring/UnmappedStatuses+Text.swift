internal import Engine
internal import Ledger
internal import Operations

// A mapping of status words that fits no row, for people.
extension UnmappedStatuses {
    func text(_ store: Settings.Store) -> String {
        let configured = [store.statuses.pending, store.statuses.sent, store.statuses.deadLetter]
        return "none of the newest \(rows) rows has a status of store.statuses (\(Self.quoted(configured))), they have "
            + "\(Self.quoted(examples)): if those are the same by other names, no message is asked about"
    }

    private static func quoted(_ words: [String]) -> String { words.map { "\"\($0)\"" }.joined(separator: ", ") }
}

extension ServiceTypes {
    func text(_ store: Settings.Store) -> String {
        switch self {
        case .foreign(let words):
            "pending rows have service_type \(Self.listed(words)), and are asked about like all others: set"
                + " store.service_types if they are not Bizgo's"
        case .noneOurs(let rows, let words):
            "none of the newest \(rows) rows has a service_type of store.service_types"
                + " (\((store.serviceTypes ?? []).joined(separator: ", "))), they have \(Self.listed(words)): if those are"
                + " Bizgo's, no message is asked about"
        }
    }

    private static func listed(_ words: [Word]) -> String {
        words.map { "\($0.text) (\($0.rows))" }.joined(separator: ", ")
    }
}

extension LogEvent {
    /// `store.unmapped_statuses`
    static func unmapped(_ statuses: UnmappedStatuses, _ store: Settings.Store) -> LogEvent {
        LogEvent(.warn, "store.unmapped_statuses", [LogField("error", .string(statuses.text(store)))])
    }
}
