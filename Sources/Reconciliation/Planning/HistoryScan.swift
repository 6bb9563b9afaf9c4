/// A walk through the history of sends that is expected to cost fewer requests than asking about each send.
package struct ScanPlan: Hashable, Sendable {
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
    /// - Parameter after: only what was accepted later; what an earlier scan has gone over is not scanned again.
    package static func best(for survey: BacklogEstimate, after: Timestamp? = nil, _ experience: EndpointYield)
        -> ScanPlan?
    {
        var best: ScanPlan?
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
            best = ScanPlan(
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

/// A scan under way: which page to ask for next, and when to stop.
///
/// It is bounded by what it saves. Every page costs a request; every due message it mentions saves its share of the
/// alternative. When the pages have cost a tenth of the alternative (or two requests, where that is more) beyond what they
/// saved, it ends: whatever the provider's history is like, a scan makes the whole dearer by no more than that and
/// the pages that are under way.
///
///     ask ──page──▶ ask … ──▶ over: complete (all was listed), settled (nothing is left to hear),
///                                   fruitless (too dear), broken (no way on, no end said)
package struct HistoryScan: Sendable {
    package enum Step: Hashable, Sendable {
        case ask(HistoryQuestion)
        case over(Ending)
    }

    package enum Ending: String, Hashable, Sendable {
        /// The provider said that there are no further pages: what a message's channels are is known.
        case complete
        /// All that is due has been mentioned, and nothing of it is left open.
        case settled
        case fruitless
        /// A cursor that does not move, or none.
        case broken
    }

    package let plan: ScanPlan
    package private(set) var next: Step
    /// Pages received.
    package private(set) var pages = 0
    /// Due messages mentioned on the pages that were worked through.
    package private(set) var mentioned = 0
    /// The latest `requestTime` on any page; what is due and later has not been gone over.
    package private(set) var newest: Timestamp?
    private var pagesWorkedThrough = 0

    package init(_ plan: ScanPlan) {
        self.plan = plan
        next = .ask(HistoryQuestion(requestTime: plan.from))
    }

    /// How many requests it may cost more than it saves.
    private var allowance: Int { max(2, min(plan.alternative / 10, max(10, plan.expectedPages))) }

    /// A page has arrived; the next can be asked for before this one is worked through.
    package mutating func arrived(_ page: HistoryPage) {
        guard case .ask(let question) = next else { return }
        pages += 1
        if let latest = page.entries.lazy.compactMap(\.requestedAt).max() { newest = max(newest ?? latest, latest) }
        next = question.following(page).map(Step.ask) ?? .over(page.hasNext == false ? .complete : .broken)
    }

    /// Pages have been worked through.
    /// - Parameters:
    ///   - mentioned: due messages on them that had not been mentioned before.
    ///   - open: messages mentioned so far whose outcome waits for the end of the scan.
    package mutating func workedThrough(pages: Int, mentioned: Int, open: Int) {
        pagesWorkedThrough += pages
        self.mentioned += mentioned
        guard case .ask = next else { return }
        let saved = Double(self.mentioned) * Double(plan.alternative) / Double(max(1, plan.messages))
        if plan.isWhole, self.mentioned >= plan.messages, open == 0 {
            next = .over(.settled)
        } else if Double(pagesWorkedThrough) - saved > Double(allowance) {
            next = .over(.fruitless)
        }
    }
}

/// What may be settled at the end of a scan, by what was heard until then.
package struct ScanEnd: Hashable, Sendable {
    /// How close to midnight in Korea a message is too close.
    private static let edgeOfDay = Duration.seconds(300)

    /// Whether the provider has listed all there is, as far as can be told.
    private let isWhole: Bool

    /// - Parameters:
    ///   - ending: only a scan that came to the provider's own end can have heard of every channel.
    ///   - isAsListed: whether some, asked about by themselves, were what the listing says (`SpotCheckSample`).
    package init(_ ending: HistoryScan.Ending, isAsListed: Bool) {
        isWhole = ending == .complete && isAsListed
    }

    /// Whether the judgement is to be carried out. What waits loses nothing by that.
    package func allows(_ judgement: Judgement, of message: DueMessage) -> Bool {
        !judgement.isSettlement || isWhole && Self.hasOneDay(message)
    }

    /// Where a scan lists one day, a channel tried after midnight may be listed on the next: such a message is asked
    /// about by itself.
    package static func hasOneDay(_ message: DueMessage) -> Bool {
        guard let acceptedAt = message.acceptedAt else { return false }
        let day = Duration.seconds(86_400).wholeMilliseconds
        let inKorea = acceptedAt.milliseconds + Int64(KoreanTime.offset) * 1000
        let inDay = (inKorea % day + day) % day
        return inDay < day - edgeOfDay.wholeMilliseconds
    }
}
