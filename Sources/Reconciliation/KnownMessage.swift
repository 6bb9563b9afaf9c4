/// A message of which the provider spoke without being asked about it by name, as its row is now.
package struct KnownMessage: Hashable, Sendable {
    package var message: DueMessage
    /// Whether it would have been asked about now: then it is judged by what is heard.
    package var isDue: Bool
    /// Whether it is left to its webhook, whatever is heard of it. One that is neither due nor young waits for its next
    /// question, or is a dead letter: a delivery settles it.
    package var isYoung: Bool

    /// - Parameters:
    ///   - turn: when it is its turn. One that was put back by hand, or whose failure came by itself, is asked about however
    ///     young it is.
    ///   - after: how long a new message is left to its webhook.
    package init(_ message: DueMessage, _ turn: Turn, at now: Timestamp, after: Duration) {
        self.message = message
        isDue = turn.isDue(at: now)
        isYoung = !isDue && message.isYoung(at: now, after: after)
        self.message.isTurn = isDue
    }

    /// The same with failures that wait to be confirmed: it is judged now, be it its turn or not.
    package func confirming(_ kept: KeptReports) -> KnownMessage {
        var known = self
        known.message.kept = kept
        // Of what they say of the account people were told when they came.
        known.message.tracking.note(told: kept.entries)
        known.isDue = true
        known.isYoung = false
        return known
    }
}
