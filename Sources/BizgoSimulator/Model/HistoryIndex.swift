/// Messages by time of acceptance. Sorted lazily: messages sent come in order, only loads of old ones do not.
struct HistoryIndex: Sendable {
    private(set) var sorted: [Int] = []
    private var rank: [Int] = []
    private var last = Int64.min
    private var isSorted = true

    mutating func append(_ index: Int, acceptedAt: Int64) {
        if acceptedAt < last { isSorted = false }
        last = max(last, acceptedAt)
        rank.append(sorted.count)
        sorted.append(index)
    }

    mutating func invalidate() {
        isSorted = false
    }

    mutating func sort(_ messages: [MessagePlan]) {
        guard !isSorted else { return }
        sorted.sort { (messages[$0].acceptedAt, $0) < (messages[$1].acceptedAt, $1) }
        for (position, index) in sorted.enumerated() { rank[index] = position }
        isSorted = true
    }

    /// The place of a message in time; nil for a number that is no message's.
    func position(of index: Int) -> Int? {
        rank.indices.contains(index) ? rank[index] : nil
    }

    /// The places of the messages accepted in a range of times.
    func positions(_ messages: [MessagePlan], within times: Range<Int64>) -> Range<Int> {
        let low = partition { messages[$0].acceptedAt >= times.lowerBound }
        let high = partition { messages[$0].acceptedAt >= times.upperBound }
        return low..<high
    }

    private func partition(_ isAtOrAfter: (Int) -> Bool) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if isAtOrAfter(sorted[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
