/// Many messages in a few words: so many sends to so many recipients each, evenly over a time. What comes of it can be
/// computed elsewhere: it takes no chance.
struct MessageSeries: Sendable {
    /// 1 or more.
    var sends: Int
    /// Of each send, 1 to 999.
    var recipients: Int
    /// Send number s, from 0, is accepted at `from + (until - from) * s / sends`, rounded down; milliseconds.
    var from: Int64
    /// See `from`.
    var until: Int64
    /// Keys are this, nine figures for the send and three for the recipient, both from zero.
    var prefix = "GEN"
    /// The outcome of recipient r of send s is number `(s * recipients + r) % outcomes.count`.
    var outcomes = mixed
    /// The channels in the order in which they are tried.
    var flow: [Channel] = [.alimtalk, .sms]

    /// Out of twenty, 17 are delivered, one fails, and two fall back: one delivered, one failed.
    static let mixed: [PlannedOutcome] =
        Array(repeating: .delivered, count: 17) + [.failed, .fallbackDelivered, .fallbackFailed]

    /// What fits in a machine's memory.
    static let maximumCount = 10_000_000

    var count: Int { sends * recipients }

    /// The messages of one send, as `planner` plans their outcomes. Those of one send with the same place in
    /// `outcomes` share their channels: a million messages are to fit in memory.
    func messages(send: Int, _ planner: OutcomePlanner) -> [MessagePlan] {
        let product = UInt64(until - from).multipliedFullWidth(by: UInt64(send))
        let acceptedAt = from + Int64(UInt64(sends).dividingFullWidth(product).quotient)
        var planner = planner
        // One code to draw from is no chance.
        planner.failureCodes = Array(planner.failureCodes.prefix(1))
        var generator = SeededGenerator(seed: 0)
        let planned = outcomes.map { planner.channels($0, flow: flow, at: acceptedAt, &generator) }
        let requestId = prefix + Self.figures(send, 9)
        return (0..<recipients).map { recipient in
            let place = (send * recipients + recipient) % outcomes.count
            return MessagePlan(
                msgKey: requestId + Self.figures(recipient, 3), acceptedAt: acceptedAt, channels: planned[place],
                outcome: outcomes[place])
        }
    }

    private static func figures(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
