/// One question about messages that are due.
package enum PlannedQuestion: Hashable, Sendable {
    /// One by itself.
    case message(DueMessage)
    /// Several of one send, by its request status.
    case send(RequestID, [DueMessage])

    package var messages: [DueMessage] {
        switch self {
        case .message(let message): [message]
        case .send(_, let messages): messages
        }
    }

    /// The fewest questions about these messages, in the order of their first ones.
    /// - Parameter bySend: whether a send can be asked about.
    package static func fewest(for messages: [DueMessage], bySend: Bool) -> [PlannedQuestion] {
        guard bySend else { return messages.map(PlannedQuestion.message) }
        var order: [RequestID] = []
        var sends: [RequestID: [DueMessage]] = [:]
        var single: [PlannedQuestion] = []
        for message in messages {
            // A rejected question about the send would say nothing of this one: it has failed before.
            guard message.tracking.failures == 0, let id = RequestID(of: message.key) else {
                single.append(.message(message))
                continue
            }
            if sends[id, default: []].isEmpty { order.append(id) }
            sends[id, default: []].append(message)
        }
        let asks = order.compactMap { id -> PlannedQuestion? in
            guard let messages = sends[id], let first = messages.first else { return nil }
            return messages.count == 1 ? .message(first) : .send(id, messages)
        }
        return asks + single
    }
}

/// What earlier requests have taught about the cheaper questions: whether the provider answers them at all, and how
/// much they yield.
package struct EndpointYield: Sendable {
    /// For so long a question that was refused or yielded nothing is not tried again.
    package static let pause = Duration.seconds(600)
    /// So many answers in a row without any of the messages asked for say that the rest will be no better.
    private static let emptyAnswers = 2

    /// Pages the history took for each thousand rows of the table: more where others send on the account, or where
    /// messages have several channels.
    private var pagesPerThousandRows = 1.1
    private var historyPausedUntil: Duration?
    private var sendsPausedUntil: Duration?
    private var emptySends = 0

    package init() {}

    // MARK: History

    package func mayAskHistory(at now: Duration) -> Bool { historyPausedUntil.map { now >= $0 } ?? true }

    /// - Returns: at least one.
    package func pages(rows: Int) -> Int {
        max(1, Int((Double(rows) / 1000 * pagesPerThousandRows).rounded(.up)))
    }

    /// The provider has no history for us, it cannot be had now, or it leaves out what it should list.
    package mutating func historyFailed(at now: Duration) {
        historyPausedUntil = now + Self.pause
    }

    package mutating func learn(from scan: HistoryScan, _ ending: HistoryScan.Ending, at now: Duration) {
        let share = Double(max(1, scan.mentioned)) / Double(max(1, scan.plan.messages))
        let needed = ending == .fruitless ? Double(scan.pages) / min(1, share) : Double(scan.pages)
        let factor = needed / Double(max(1, scan.plan.expectedPages))
        // A scan that ended early because nothing was left says nothing of how long the history is.
        if ending != .settled || factor > 1 {
            pagesPerThousandRows = min(1000, max(0.5, pagesPerThousandRows * factor))
        }
        if ending == .fruitless || ending == .broken || scan.mentioned == 0 { historyFailed(at: now) }
    }

    // MARK: Request status

    package func mayAskSends(at now: Duration) -> Bool { sendsPausedUntil.map { now >= $0 } ?? true }

    package mutating func sendFailed(at now: Duration) {
        sendsPausedUntil = now + Self.pause
    }

    /// A question about a send was answered, mentioning some of the messages that were asked for, or none.
    package mutating func sendAnswered(mentioned: Int, at now: Duration) {
        emptySends = mentioned > 0 ? 0 : emptySends + 1
        if emptySends >= Self.emptyAnswers { sendFailed(at: now) }
    }
}
