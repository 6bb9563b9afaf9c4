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
        let turn = Turn(
            status, acceptedAt: acceptedAt, tracking: tracking, nextAskAt: nextAskAt, after: after,
            window: .seconds(30 * 86_400))
        let message = DueMessage(
            key: MessageKey("K"), row: RowLocator(rowid: 1), status: status, acceptedAt: acceptedAt,
            tracking: tracking?.holding(for: status) ?? Tracking())
        return KnownMessage(message, turn, at: now, after: after)
    }

    @Test("one that is too young is left to its webhook, until the very moment")
    func young() {
        let young = known(age: 599)
        #expect(young.isYoung && !young.isDue && !young.message.isTurn)
        let old = known(age: 600)
        #expect(!old.isYoung && old.isDue && old.message.isTurn)
    }

    @Test("one that was asked about a moment ago is not young")
    func waits() {
        let waits = known(age: 3600, tracking: Tracking(answers: 1), next: 60)
        #expect(!waits.isYoung && !waits.isDue && !waits.message.isTurn)
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
            KeptReports(
                [ReportEntry(key: MessageKey("K"), code: ReportCode("64016"))], isMatched: true, receivedAt: now,
                tryAt: now))
        let joined = known(age: 5).confirming(kept)
        #expect(joined.isDue && !joined.isYoung && !joined.message.isTurn && joined.message.kept == kept)
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
