internal import Ledger
internal import Operations
internal import Reconciliation

// What cannot be read in the application's rows, and what to set.
extension UnreadableExamples {
    func texts(_ store: Settings.Store) -> [String] {
        [times(store), keys(store)].compactMap(\.self)
    }

    private func times(_ store: Settings.Store) -> String? {
        guard let time else { return nil }
        let column = store.columns.acceptedAt
        let remedy =
            time.format.map { "it looks like \"\($0.rawValue)\": set store.time_format to that" }
            ?? "see store.time_format and store.columns.accepted_at"
        let rows = areTimesPending ? "pending rows" : "of the newest settled rows"
        return "\(times) \(rows) have a \(column) that cannot be read as store.time_format"
            + " \"\(store.timeFormat.rawValue)\", for example `\(time.shape)` in row \(time.row); without a time no message is given up: \(remedy)"
    }

    private func keys(_ store: Settings.Store) -> String? {
        key.map {
            "\(keys) pending rows have a \(store.columns.messageKey) that is no text, row \($0) for one: nobody is"
                + " asked about them; see store.columns.message_key"
        }
    }
}
