import Reconciliation
import Testing

/// What may be done with a message of which a listing spoke.
@Suite struct KnownMessageTests {
    private let now = Timestamp(seconds: 1_800_000_000)
    private let after = Duration.seconds(600)

    private func known(
        _ status: RowStatus = .pending, age: Int64, tracking: Tracking? = nil, next: Int64? = nil, hasTime: Bool = true
    ) -> KnownMessage {
        let acceptedAt = hasTime ? now - .seconds(age) : nil
        let nextAskAt = next.map { now + .seconds($0) }
        let turn = DueTime(
            status, acceptedAt: acceptedAt, tracking: tracking, nextAskAt: nextAskAt, after: after,
            window: .seconds(30 * 86_400))
        let message = DueMessage(
            key: MessageKey("K"), row: RowLocator(1), status: status, acceptedAt: acceptedAt,
            tracking: tracking?.holding(for: status) ?? Tracking())
        return KnownMessage(message, turn, at: now, after: after)
    }

    @Test("one that is too young is left to its webhook, until the very moment")
    func young() {
        let young = known(age: 599)
        #expect(young.isYoung)
        #expect(!young.isDue)
        #expect(!young.message.isTurn)
        let old = known(age: 600)
        #expect(!old.isYoung)
        #expect(old.isDue)
        #expect(old.message.isTurn)
    }

    @Test("one that was asked about a moment ago is not young")
    func waits() {
        let waits = known(age: 3600, tracking: Tracking(answers: 1), next: 60)
        #expect(!waits.isYoung)
        #expect(!waits.isDue)
        #expect(!waits.message.isTurn)
    }

    @Test("one that waits for its question and is young all the same is left alone as well")
    func youngAndTracked() {
        #expect(known(age: 300, tracking: Tracking(), next: 60).isYoung)
    }

    @Test("one whose turn has come is not, however young: it was put back by hand, or a report came by itself")
    func exempt() {
        #expect(!known(age: 60, tracking: Tracking(reason: .stale)).isYoung)
        #expect(!known(age: 60, tracking: Tracking(answers: 1), next: -1).isYoung)
    }

    @Test("dead letters, and those whose time cannot be read, are old")
    func old() {
        #expect(!known(.deadLetter, age: 60, tracking: Tracking(reason: .stale), next: 60).isYoung)
        #expect(!known(.deadLetter, age: 60).isYoung)
        #expect(!known(age: 0, hasTime: false).isYoung)
    }

    @Test("a failure that waits to be confirmed is judged at once, and counts only by its turn")
    func confirming() throws {
        let kept = try #require(
            ParkedReports(
                [ReportEntry(key: MessageKey("K"), code: ReportCode("64016"))], isMatched: true, receivedAt: now,
                tryAt: now))
        let joined = known(age: 5).confirming(kept)
        #expect(joined.isDue)
        #expect(!joined.isYoung)
        #expect(!joined.message.isTurn)
        #expect(joined.message.kept == kept)
    }

    @Test("whoever had his turn in a pass is not due again in it")
    func notDue() {
        let tracking = Tracking(answers: 1)
        let early = Judgement.wait(until: now - .seconds(5), tracking)
        #expect(early.notDue(by: now) == .wait(until: now + .milliseconds(1), tracking))
        let later = Judgement.wait(until: now + .seconds(5), tracking)
        #expect(later.notDue(by: now) == later)
        #expect(Judgement.wait(until: nil, tracking).notDue(by: now) == .wait(until: nil, tracking))
    }
}

@Suite struct DueTimeTests {
    private let now = Timestamp(seconds: 1_800_000_000)
    private let soon = Timestamp(seconds: 1_800_000_001)
    private let asked = Tracking(answers: 2)
    private let stale = Tracking(answers: 2, reason: .stale)

    private func turn(
        _ status: RowStatus, acceptedAt: Timestamp? = nil, _ tracking: Tracking? = nil, _ nextAskAt: Timestamp? = nil
    ) -> DueTime {
        DueTime(
            status, acceptedAt: acceptedAt, tracking: tracking, nextAskAt: nextAskAt, after: .seconds(600),
            window: .seconds(30 * 86_400))
    }

    @Test("a new message is left to its webhook for a while")
    func new() {
        #expect(turn(.pending, acceptedAt: now) == .from(now + .seconds(600)))
        #expect(turn(.pending) == .from(nil), "its age cannot be told")
    }

    @Test("one that was asked about waits for the time that was noted")
    func waits() {
        #expect(turn(.pending, acceptedAt: now, asked, soon) == .from(soon))
        #expect(turn(.pending, acceptedAt: now, asked) == .from(nil))
    }

    @Test("a dead letter put back by hand is due, whatever it waited for")
    func putBack() {
        for reason in DeadLetterReason.allCases {
            #expect(turn(.pending, acceptedAt: now, Tracking(reason: reason), soon) == .from(nil))
        }
    }

    @Test("only watched dead letters are asked about")
    func watched() {
        #expect(turn(.deadLetter, stale, soon) == .from(soon))
        #expect(turn(.deadLetter, Tracking(reason: .uncertain), soon) == .from(soon))
        #expect(turn(.deadLetter, stale) == .never, "its window has closed")
        #expect(turn(.deadLetter, Tracking(reason: .reported), soon) == .never)
        #expect(turn(.deadLetter, Tracking(reason: .unverifiable), soon) == .never)
        #expect(turn(.deadLetter, asked, soon) == .never, "made by others")
        #expect(turn(.deadLetter) == .never)
    }

    @Test("a watched dead letter is not asked about once its window is over")
    func windowOver() {
        let turn = turn(.deadLetter, acceptedAt: now, stale, soon)
        let end = now + .seconds(30 * 86_400)
        #expect(turn == .from(soon, until: end))
        #expect(!turn.isDue(at: now))
        #expect(turn.isDue(at: soon))
        #expect(turn.isDue(at: end))
        #expect(!turn.isDue(at: end + .milliseconds(1)))
        #expect(self.turn(.pending, acceptedAt: now, asked, soon).isDue(at: end + .milliseconds(1)))
    }

    @Test("an age counts from when a key was first seen in its row")
    func firstSeen() {
        #expect(Tracking().start(now) == now)
        #expect(Tracking(firstSeenAt: soon).start(now) == soon)
        #expect(Tracking(firstSeenAt: now).start(soon) == soon)
        #expect(Tracking(firstSeenAt: soon).start(nil) == nil)
        let putBack = Tracking(answers: 2, reason: .stale, firstSeenAt: now).holding(for: .pending)
        #expect(putBack == Tracking(firstSeenAt: now))
    }

    @Test("what is settled is not asked about")
    func settled() {
        for status in [RowStatus.sent, .other] {
            #expect(turn(status, acceptedAt: now, stale, now) == .never)
            #expect(turn(status, acceptedAt: now) == .never)
        }
    }

    @Test("it is due from its time on")
    func due() {
        #expect(DueTime.from(now).isDue(at: now))
        #expect(!DueTime.from(soon).isDue(at: now))
        #expect(DueTime.from(nil).isDue(at: now))
        #expect(!DueTime.never.isDue(at: now))
    }

    @Test("what is known holds until a dead letter is put back")
    func holding() {
        #expect(asked.holding(for: .pending) == asked)
        #expect(stale.holding(for: .deadLetter) == stale)
        #expect(stale.holding(for: .pending) == Tracking())
    }
}
