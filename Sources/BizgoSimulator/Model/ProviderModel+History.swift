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
    }

    /// Rows of one message are `seq = (index + 1) * rowsPerMessage + channel`, so a page may end between two channels
    /// of a message, which the real provider does not rule out either.
    private static var rowsPerMessage: Int64 { 16 }

    /// One page, a row for each message and channel tried by now.
    mutating func history(_ query: HistoryQuery, now: Int64) -> HistoryPage {
        order.sort(messages)
        let range = positions(query, now: now)
        let descending = configuration.historyOrder == .descending
        var page = HistoryPage()
        guard var position = start(query, range, descending) else { return page }
        let after = query.lastSeq ?? -1
        while range.contains(position) {
            let index = order.sorted[position]
            for row in rows(index, query, now, descending) {
                let seq = Int64(index + 1) * Self.rowsPerMessage + Int64(row.channel)
                let isSame = Int64(index + 1) == after / Self.rowsPerMessage
                let isBehind = isSame && (descending ? seq >= after : seq <= after)
                if query.lastSeq != nil, isBehind { continue }
                guard page.rows.count < query.limit else {
                    page.hasNext = true
                    return page
                }
                page.rows.append(row)
                page.lastSeq = seq
            }
            position += descending ? -1 : 1
        }
        return page
    }

    private func rows(_ index: Int, _ query: HistoryQuery, _ now: Int64, _ descending: Bool) -> [ReportView] {
        if let groupKey = query.groupKey, messages[index].groupKey != groupKey { return [] }
        let rows = started(index, now: now).filter {
            query.serviceTypes.isEmpty || query.serviceTypes.contains($0.plan.channel.serviceType)
        }
        return descending ? rows.reversed() : rows
    }

    private func positions(_ query: HistoryQuery, now: Int64) -> Range<Int> {
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
        return order.positions(messages, from: max(from, oldest), through: min(through, now))
    }

    /// Where to go on: at the message the cursor names, which may have had more channels than fitted the page.
    private func start(_ query: HistoryQuery, _ range: Range<Int>, _ descending: Bool) -> Int? {
        guard let lastSeq = query.lastSeq else { return descending ? range.upperBound - 1 : range.lowerBound }
        return order.position(of: Int(clamping: lastSeq / Self.rowsPerMessage - 1)).map {
            descending ? min($0, range.upperBound - 1) : max($0, range.lowerBound)
        }
    }
}
