import Reconciliation
import Testing

@Suite struct TurnTests {
    private let now = Timestamp(seconds: 1_800_000_000)
    private let soon = Timestamp(seconds: 1_800_000_001)
    private let asked = Tracking(answers: 2)
    private let stale = Tracking(answers: 2, reason: .stale)

    private func turn(
        _ status: RowStatus, acceptedAt: Timestamp? = nil, _ tracking: Tracking? = nil, _ nextAskAt: Timestamp? = nil
    ) -> Turn {
        Turn(
            status, acceptedAt: acceptedAt, tracking: tracking, nextAskAt: nextAskAt, after: .seconds(600),
            window: .seconds(30 * 86_400))
    }

    @Test func aNewMessageIsLeftToItsWebhookForAWhile() {
        #expect(turn(.pending, acceptedAt: now) == .from(now + .seconds(600)))
        #expect(turn(.pending) == .from(nil), "its age cannot be told")
    }

    @Test func oneThatWasAskedAboutWaitsForTheTimeThatWasNoted() {
        #expect(turn(.pending, acceptedAt: now, asked, soon) == .from(soon))
        #expect(turn(.pending, acceptedAt: now, asked) == .from(nil))
    }

    @Test func aDeadLetterPutBackByHandIsDueWhateverItWaitedFor() {
        for reason in DeadLetterReason.allCases {
            #expect(turn(.pending, acceptedAt: now, Tracking(reason: reason), soon) == .from(nil))
        }
    }

    @Test func onlyWatchedDeadLettersAreAskedAbout() {
        #expect(turn(.deadLetter, stale, soon) == .from(soon))
        #expect(turn(.deadLetter, Tracking(reason: .uncertain), soon) == .from(soon))
        #expect(turn(.deadLetter, stale) == .never, "its window has closed")
        #expect(turn(.deadLetter, Tracking(reason: .reported), soon) == .never)
        #expect(turn(.deadLetter, Tracking(reason: .unverifiable), soon) == .never)
        #expect(turn(.deadLetter, asked, soon) == .never, "made by others")
        #expect(turn(.deadLetter) == .never)
    }

    @Test func aWatchedDeadLetterIsNotAskedAboutOnceItsWindowIsOver() {
        let turn = turn(.deadLetter, acceptedAt: now, stale, soon)
        let end = now + .seconds(30 * 86_400)
        #expect(turn == .from(soon, until: end))
        #expect(!turn.isDue(at: now) && turn.isDue(at: soon) && turn.isDue(at: end))
        #expect(!turn.isDue(at: end + .milliseconds(1)))
        #expect(self.turn(.pending, acceptedAt: now, asked, soon).isDue(at: end + .milliseconds(1)))
    }

    @Test func anAgeCountsFromWhenAKeyWasFirstSeenInItsRow() {
        #expect(Tracking().start(now) == now)
        #expect(Tracking(firstSeenAt: soon).start(now) == soon)
        #expect(Tracking(firstSeenAt: now).start(soon) == soon)
        #expect(Tracking(firstSeenAt: soon).start(nil) == nil)
        let putBack = Tracking(answers: 2, reason: .stale, firstSeenAt: now).holding(for: .pending)
        #expect(putBack == Tracking(firstSeenAt: now))
    }

    @Test func whatIsSettledIsNotAskedAbout() {
        for status in [RowStatus.sent, .other] {
            #expect(turn(status, acceptedAt: now, stale, now) == .never)
            #expect(turn(status, acceptedAt: now) == .never)
        }
    }

    @Test func itIsDueFromItsTimeOn() {
        #expect(Turn.from(now).isDue(at: now))
        #expect(!Turn.from(soon).isDue(at: now))
        #expect(Turn.from(nil).isDue(at: now))
        #expect(!Turn.never.isDue(at: now))
    }

    @Test func whatIsKnownHoldsUntilADeadLetterIsPutBack() {
        #expect(asked.holding(for: .pending) == asked)
        #expect(stale.holding(for: .deadLetter) == stale)
        #expect(stale.holding(for: .pending) == Tracking())
    }
}
