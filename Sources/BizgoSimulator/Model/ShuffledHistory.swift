/// All rows in the order of their shuffled numbers. Made when it is first asked for, and again after messages came in:
/// such a row can be anywhere, also behind a cursor that was handed out.
struct ShuffledHistory: Sendable {
    private var rows: [HistoryRow] = []
    private var isCurrent = false

    mutating func invalidate() {
        isCurrent = false
    }

    mutating func update(_ messages: [MessagePlan]) {
        guard !isCurrent else { return }
        rows = messages.indices.flatMap { message in
            messages[message].channels.indices.map { HistoryRow(message: message, channel: $0) }
        }
        rows.sort { $0.shuffledNumber < $1.shuffledNumber }
        isCurrent = true
    }

    /// The rows behind a cursor; all without one.
    func rows(after cursor: Int64?) -> ArraySlice<HistoryRow> {
        guard let cursor else { return rows[...] }
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].shuffledNumber > cursor { high = middle } else { low = middle + 1 }
        }
        return rows[low...]
    }
}
