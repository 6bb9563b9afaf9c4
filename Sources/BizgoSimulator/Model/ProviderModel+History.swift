extension ProviderModel {
    struct HistoryQuery: Sendable {
        var requestTime: Int64
        var serviceTypes: Set<String> = []
        var groupKey: String?
        var lastSeq: Int64?
        var limit = 100
    }

    struct HistoryPage: Sendable {
        var rows: [ReportView] = []
        var lastSeq: Int64?
        var hasNext = false

        /// False where the page is full: then there is a next one.
        mutating func add(_ row: @autoclosure () -> ReportView, seq: Int64, limit: Int) -> Bool {
            guard rows.count < limit else {
                hasNext = true
                return false
            }
            rows.append(row())
            lastSeq = seq
            return true
        }
    }

    /// One page, a row for each message and channel tried by now.
    mutating func history(_ query: HistoryQuery, now: Int64) -> HistoryPage {
        switch configuration.historyOrder {
        case .ascending: timedHistory(query, now, descending: false)
        case .descending: timedHistory(query, now, descending: true)
        case .shuffled: shuffledHistory(query, now)
        }
    }

    /// Rows by time of acceptance. A page may end between two channels of a message, which the real provider does
    /// not rule out either.
    private mutating func timedHistory(_ query: HistoryQuery, _ now: Int64, descending: Bool) -> HistoryPage {
        order.sort(messages)
        let times = times(query, now)
        let range = order.positions(messages, within: times)
        var page = HistoryPage()
        guard var position = start(query, range, descending) else { return page }
        while range.contains(position) {
            let index = order.sorted[position]
            let count = isListed(messages[index], query) ? messages[index].channels.count : 0
            for step in 0..<count {
                let channel = descending ? count - 1 - step : step
                let row = HistoryRow(message: index, channel: channel)
                guard isListed(messages[index], channel, query, now),
                    !isBehind(row, query.lastSeq, descending)
                else { continue }
                guard page.add(view(row), seq: row.number, limit: query.limit) else { return page }
            }
            position += descending ? -1 : 1
        }
        return page
    }

    private mutating func shuffledHistory(_ query: HistoryQuery, _ now: Int64) -> HistoryPage {
        shuffled.update(messages)
        let times = times(query, now)
        var page = HistoryPage()
        for row in shuffled.rows(after: query.lastSeq) {
            guard times.contains(messages[row.message].acceptedAt), isListed(messages[row.message], query),
                isListed(messages[row.message], row.channel, query, now)
            else { continue }
            guard page.add(view(row), seq: row.shuffledNumber, limit: query.limit) else { return page }
        }
        return page
    }

    private func view(_ row: HistoryRow) -> ReportView {
        ReportView(message: messages[row.message], channel: row.channel)
    }

    private func isListed(_ message: MessagePlan, _ query: HistoryQuery) -> Bool {
        if let groupKey = query.groupKey, message.groupKey != groupKey { return false }
        return !message.isMissingFromHistory(share: configuration.historyMissingShare)
    }

    private func isListed(_ message: MessagePlan, _ channel: Int, _ query: HistoryQuery, _ now: Int64) -> Bool {
        let channel = message.channels[channel]
        return channel.startsAt <= now
            && (query.serviceTypes.isEmpty || query.serviceTypes.contains(channel.channel.serviceType))
            && !message.isHiddenInHistory(channel, share: configuration.historyHiddenShare)
    }

    /// Whether a page before this one listed the row: the cursor's message may have had more channels than fitted.
    private func isBehind(_ row: HistoryRow, _ lastSeq: Int64?, _ descending: Bool) -> Bool {
        guard let lastSeq, lastSeq / HistoryRow.rowsPerMessage == row.number / HistoryRow.rowsPerMessage else {
            return false
        }
        return descending ? row.number >= lastSeq : row.number <= lastSeq
    }

    /// The times of acceptance asked for.
    private func times(_ query: HistoryQuery, _ now: Int64) -> Range<Int64> {
        let oldest = now - configuration.windowMilliseconds
        let from: Int64
        let through: Int64
        switch configuration.requestTimeReading {
        case .since: (from, through) = (query.requestTime, now)
        case .day:
            from = KoreanTime.startOfDay(query.requestTime)
            through = from + KoreanTime.dayMilliseconds - 1
        case .around: (from, through) = (query.requestTime - 3_600_000, query.requestTime + 3_600_000)
        }
        let first = max(from, oldest)
        return first..<max(first, min(through, now) + 1)
    }

    /// Where to go on: at the message the cursor names.
    private func start(_ query: HistoryQuery, _ range: Range<Int>, _ descending: Bool) -> Int? {
        guard let lastSeq = query.lastSeq else { return descending ? range.upperBound - 1 : range.lowerBound }
        return order.position(of: Int(clamping: lastSeq / HistoryRow.rowsPerMessage - 1)).map {
            descending ? min($0, range.upperBound - 1) : max($0, range.lowerBound)
        }
    }
}

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

/// A row of the history: one channel of one message, by their places in the model.
struct HistoryRow: Sendable {
    var message: Int
    var channel: Int

    static let rowsPerMessage: Int64 = 16
    private static let numbers: Int64 = 1 << 48
    /// Odd, so that every row gets a number of its own; near the golden section of `numbers`, so that neighbours end
    /// up far apart.
    private static let stride: Int64 = 173_961_102_589_771

    /// The cursor behind this row where rows go by time.
    var number: Int64 { Int64(message + 1) * Self.rowsPerMessage + Int64(channel) }

    /// The cursor behind this row where they are shuffled: a fixed order in which the channels of one message are
    /// pages apart.
    var shuffledNumber: Int64 { (number &* Self.stride) & (Self.numbers - 1) }
}

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
