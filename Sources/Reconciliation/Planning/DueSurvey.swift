/// What is due, in outline: the planner's view of a backlog of any size.
package struct DueSurvey: Hashable, Sendable {
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
package struct Surveyor: Sendable {
    private struct Hour {
        var first: Timestamp
        var firstRow: Int64
        var messages = 0
        var sends = 0
    }

    private static let hour: Int64 = 3_600_000
    /// A table whose addresses are further apart than this does not count its rows with them.
    private static let mostRows: Int64 = 100_000_000

    private var hours: [Int64: Hour] = [:]
    private var sends: Set<Int> = []

    package init() {}

    /// - Parameter acceptedAt: nil leaves the message out: when it would be listed cannot be told.
    package mutating func add(_ key: MessageKey, row: RowLocator, acceptedAt: Timestamp?) {
        guard let acceptedAt else { return }
        let isNewSend = sends.insert(RequestID(of: key)?.hashValue ?? key.hashValue).inserted
        let number = acceptedAt.milliseconds / Self.hour
        var hour = hours[number] ?? Hour(first: acceptedAt, firstRow: row.rowid)
        hour.first = min(hour.first, acceptedAt)
        hour.firstRow = min(hour.firstRow, row.rowid)
        hour.messages += 1
        if isNewSend { hour.sends += 1 }
        hours[number] = hour
    }

    /// - Parameters:
    ///   - lastRow: the newest row of the table.
    ///   - isWhole: whether all that is due was added.
    package func survey(lastRow: RowLocator, isWhole: Bool = true) -> DueSurvey {
        let ordered = hours.values.sorted { $0.first < $1.first }
        return DueSurvey(
            stretches: ordered.map { hour in
                let (distance, overflow) = lastRow.rowid.subtractingReportingOverflow(hour.firstRow)
                let isCount = !overflow && (0..<Self.mostRows).contains(distance)
                return DueSurvey.Stretch(
                    first: hour.first, messages: hour.messages, sends: hour.sends,
                    rowsSince: isCount ? Int(distance) + 1 : nil)
            }, isWhole: isWhole)
    }
}
