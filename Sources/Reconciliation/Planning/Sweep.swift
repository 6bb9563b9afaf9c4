/// A sweep under way: which page to ask for next, and when to stop.
///
/// It is bounded by what it saves. Every page costs a request; every due message it mentions saves its share of the
/// alternative. When the pages have cost a tenth of the alternative (or two requests, where that is more) beyond what they
/// saved, it ends: whatever the provider's history is like, a sweep makes the whole dearer by no more than that and
/// the pages that are under way.
///
///     ask ──page──▶ ask … ──▶ over: complete (all was listed), settled (nothing is left to hear),
///                                   fruitless (too dear), broken (no way on, no end said)
package struct Sweep: Sendable {
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

    package let plan: SweepPlan
    package private(set) var next: Step
    /// Pages received.
    package private(set) var pages = 0
    /// Due messages mentioned on the pages that were worked through.
    package private(set) var mentioned = 0
    /// The latest `requestTime` on any page; what is due and later has not been gone over.
    package private(set) var newest: Timestamp?
    private var pagesWorkedThrough = 0

    package init(_ plan: SweepPlan) {
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
        if page.hasNext == false {
            next = .over(.complete)
        } else if let cursor = page.cursor, cursor != question.cursor, page.hasNext == true || !page.entries.isEmpty {
            next = .ask(HistoryQuestion(requestTime: plan.from, cursor: cursor))
        } else {
            next = .over(.broken)
        }
    }

    /// Pages have been worked through.
    /// - Parameters:
    ///   - mentioned: due messages on them that had not been mentioned before.
    ///   - open: messages mentioned so far whose outcome waits for the end of the sweep.
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
