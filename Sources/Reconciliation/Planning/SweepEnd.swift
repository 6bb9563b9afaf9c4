/// What may be settled at the end of a sweep, by what was heard until then.
package struct SweepEnd: Hashable, Sendable {
    /// How close to midnight in Korea a message is too close.
    private static let edgeOfDay = Duration.seconds(300)

    /// Whether the provider has listed all there is, as far as can be told.
    private let isWhole: Bool

    /// - Parameters:
    ///   - ending: only a sweep that came to the provider's own end can have heard of every channel.
    ///   - isAsListed: whether some, asked about by themselves, were what the listing says (`ListingCheck`).
    package init(_ ending: Sweep.Ending, isAsListed: Bool) {
        isWhole = ending == .complete && isAsListed
    }

    /// Whether the judgement is to be carried out. What waits loses nothing by that.
    package func allows(_ judgement: Judgement, of message: DueMessage) -> Bool {
        !judgement.isSettlement || isWhole && Self.hasOneDay(message)
    }

    /// Where a sweep lists one day, a channel tried after midnight may be listed on the next: such a message is asked
    /// about by itself.
    package static func hasOneDay(_ message: DueMessage) -> Bool {
        guard let acceptedAt = message.acceptedAt else { return false }
        let day = Duration.seconds(86_400).wholeMilliseconds
        let inKorea = acceptedAt.milliseconds + Int64(KoreanTime.offset) * 1000
        let inDay = (inKorea % day + day) % day
        return inDay < day - edgeOfDay.wholeMilliseconds
    }
}
