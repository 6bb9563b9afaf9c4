/// What is due, in outline: the planner's view of a backlog of any size.
package struct BacklogEstimate: Hashable, Sendable {
    /// The due messages accepted within one hour.
    package struct Stretch: Hashable, Sendable {
        /// When the oldest of them was accepted.
        package var first: Timestamp
        package var messages: Int
        /// The sends they came from: what it costs to ask about them one send at a time.
        package var sends: Int
        /// Rows of the table from the oldest of them to the newest row, whatever their status: about as many messages
        /// the provider lists since then. Nil when it cannot be told.
        package var rowsSince: Int?

        package init(first: Timestamp, messages: Int, sends: Int, rowsSince: Int?) {
            self.first = first
            self.messages = messages
            self.sends = sends
            self.rowsSince = rowsSince
        }
    }

    /// Oldest first.
    package var stretches: [Stretch]
    /// False when there is more that is due and was not counted.
    package var isWhole: Bool

    package init(stretches: [Stretch] = [], isWhole: Bool = true) {
        self.stretches = stretches
        self.isWhole = isWhole
    }

    package var messages: Int { stretches.reduce(0) { $0 + $1.messages } }
    package var sends: Int { stretches.reduce(0) { $0 + $1.sends } }
}

/// Builds a survey from due messages, seen in the order of the table.
///
/// Of a backlog too large to be seen whole, its oldest and its newest part are: what lies between is taken to be as
/// dense as they are.
package struct BacklogEstimator: Sendable {
    private struct Hour {
        var first: Timestamp
        var firstRow: Int64?
        var messages = 0
        var sends = 0
    }

    /// One of the two parts.
    private struct Part {
        var rows: ClosedRange<Int64>?
        var last: Timestamp?
        var messages = 0

        mutating func add(_ row: Int64, _ acceptedAt: Timestamp) {
            rows = rows.map { min($0.lowerBound, row)...max($0.upperBound, row) } ?? row...row
            last = max(last ?? acceptedAt, acceptedAt)
            messages += 1
        }
    }

    /// A table whose places are further apart than this does not count its rows with them.
    private static let mostRows: Int64 = 100_000_000

    private var hours: [Int64: Hour] = [:]
    private var sends: Set<Int> = []
    private var oldest = Part()
    private var newest = Part()

    package init() {}

    /// Where a message was seen.
    package enum End: Hashable, Sendable {
        case oldest
        case newest
        /// Not in the order of the table.
        case aside
    }

    /// - Parameters:
    ///   - place: of its row in the order of the table, in which rows that follow each other differ by one or little more.
    ///   Nil where rows are not numbered.
    ///   - acceptedAt: nil leaves the message out: when it would be listed cannot be told.
    package mutating func add(_ key: MessageKey, place: Int64?, acceptedAt: Timestamp?, at end: End = .oldest) {
        guard let acceptedAt else { return }
        let isNewSend = sends.insert(RequestID(of: key)?.hashValue ?? key.hashValue).inserted
        let number = acceptedAt.hour
        var hour = hours[number] ?? Hour(first: acceptedAt, firstRow: place)
        hour.first = min(hour.first, acceptedAt)
        if let place { hour.firstRow = min(hour.firstRow ?? place, place) }
        hour.messages += 1
        if isNewSend { hour.sends += 1 }
        hours[number] = hour
        guard let place else { return }
        switch end {
        case .oldest: oldest.add(place, acceptedAt)
        case .newest: newest.add(place, acceptedAt)
        case .aside: break
        }
    }

    /// - Parameters:
    ///   - lastPlace: of the newest row of the table.
    ///   - isWhole: whether all that is due was added.
    package func survey(lastPlace: Int64?, isWhole: Bool = true) -> BacklogEstimate {
        var stretches = hours.values.map { hour in
            BacklogEstimate.Stretch(
                first: hour.first, messages: hour.messages, sends: hour.sends,
                rowsSince: Self.rows(hour.firstRow, lastPlace))
        }
        if !isWhole, let between = between(lastPlace) { stretches.append(between) }
        return BacklogEstimate(stretches: stretches.sorted { $0.first < $1.first }, isWhole: isWhole)
    }

    /// What was not seen.
    private func between(_ lastRow: Int64?) -> BacklogEstimate.Stretch? {
        guard let old = oldest.rows, let new = newest.rows, let first = oldest.last,
            let gap = Self.rows(old.upperBound, new.lowerBound), gap > 2,
            let oldRows = Self.rows(old.lowerBound, old.upperBound),
            let newRows = Self.rows(new.lowerBound, new.upperBound)
        else { return nil }
        let seen = oldest.messages + newest.messages
        let messages = gap * seen / (oldRows + newRows)
        return BacklogEstimate.Stretch(
            first: first, messages: messages, sends: messages * sends.count / max(1, seen),
            rowsSince: Self.rows(old.upperBound, lastRow))
    }

    /// How many rows there are from one place to another; nil when places do not tell.
    private static func rows(_ from: Int64?, _ to: Int64?) -> Int? {
        guard let from, let to else { return nil }
        let (distance, overflow) = to.subtractingReportingOverflow(from)
        return !overflow && (0..<mostRows).contains(distance) ? Int(distance) + 1 : nil
    }
}
