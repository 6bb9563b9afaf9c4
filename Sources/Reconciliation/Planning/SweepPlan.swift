/// A walk through the history of sends that is expected to cost fewer requests than asking about each send.
package struct SweepPlan: Hashable, Sendable {
    /// `requestTime` of every page.
    package var from: Timestamp
    /// Due messages it is made for, as the survey counted them.
    package var messages: Int
    /// What it costs to ask about them one send at a time.
    package var alternative: Int
    package var expectedPages: Int
    /// Whether `messages` are all that is due since then.
    package var isWhole: Bool

    package init(from: Timestamp, messages: Int, alternative: Int, expectedPages: Int, isWhole: Bool = true) {
        self.from = from
        self.messages = messages
        self.alternative = alternative
        self.expectedPages = expectedPages
        self.isWhole = isWhole
    }

    /// Fewer sends than these are not worth finding out what the history is like.
    package static let fewestSends = 10
    /// How much earlier than the row the provider may have noted the message.
    private static let skew = Duration.seconds(120)
    private static let koreanOffset = Int64(KoreanTime.offset) * 1000
    private static let day: Int64 = 86_400_000

    /// The start that saves most, if any saves enough.
    ///
    /// The history is taken to list everything since `from` to now, its dearest reading. A start is judged by all that
    /// is due since then against all that was sent since then: ten old stragglers are not worth a month of pages.
    /// - Parameter after: only what was accepted later; what an earlier sweep has gone over is not swept again.
    package static func best(for survey: DueSurvey, after: Timestamp? = nil, _ experience: Experience) -> SweepPlan? {
        var best: SweepPlan?
        var bestGain = 0
        var messages = 0
        var sends = 0
        for stretch in survey.stretches.reversed() {
            if let after, stretch.first <= after { break }
            messages += stretch.messages
            sends += stretch.sends
            let pages = experience.pages(rows: stretch.rowsSince ?? messages)
            let gain = sends - pages
            guard sends >= fewestSends, gain > max(2, sends / 5), gain > bestGain else { continue }
            bestGain = gain
            best = SweepPlan(
                from: start(stretch.first, after: after), messages: messages, alternative: sends,
                expectedPages: pages, isWhole: survey.isWhole)
        }
        return best
    }

    /// A little before the first message, but on its day in Korea: `requestTime` may mean that day only.
    private static func start(_ first: Timestamp, after: Timestamp?) -> Timestamp {
        let local = first.milliseconds + koreanOffset
        let midnight = Timestamp(milliseconds: local - (local % day + day) % day - koreanOffset)
        let start = max(first - skew, midnight)
        return after.map { max(start, $0 + .seconds(1)) } ?? start
    }
}
