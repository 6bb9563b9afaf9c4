import Reconciliation
import Testing

@Suite struct NextStepTests {
    private static let accepted = Timestamp(seconds: 1_795_400_000)
    private static let policy = Policy(retry: RetrySchedule(jitter: 0))
    private static let comm: Set<Endpoint> = [.reportInquiry, .messageStatus, .requestStatus, .history]

    private func outlook(
        _ status: RowStatus = .pending, reason: DeadLetterReason? = nil, nextAskAt: Int64? = nil, at seconds: Int64,
        survey: BacklogEstimate? = BacklogEstimate(), dueOfSend: Int = 1, endpoints: Set<Endpoint> = comm,
        isTimed: Bool = true
    ) -> NextStep {
        NextStep(
            DueMessage(
                key: MessageKey("SEND001"), row: RowLocator(1), status: status,
                acceptedAt: isTimed ? Self.accepted : nil, tracking: Tracking(reason: reason)),
            nextAskAt: nextAskAt.map { Self.accepted + .seconds($0) }, survey: survey, dueOfSend: dueOfSend,
            endpoints: endpoints, policy: Self.policy, at: Self.accepted + .seconds(seconds))
    }

    @Test("a new message is left to its webhook, then it is due")
    func new() {
        #expect(outlook(at: 60).turn == .waits(until: Self.accepted + .seconds(600), .webhook))
        #expect(outlook(at: 60).means == nil)
        #expect(outlook(at: 600).turn == .due(since: Self.accepted + .seconds(600)))
        #expect(outlook(at: 600).givenUpAt == Self.accepted + .seconds(72 * 3600))
        #expect(outlook(at: 5, isTimed: false).turn == .due(since: nil))
        #expect(outlook(at: 5, isTimed: false).givenUpAt == nil)
    }

    @Test("one that was asked about waits for its next turn")
    func retry() {
        #expect(outlook(nextAskAt: 1800, at: 1000).turn == .waits(until: Self.accepted + .seconds(1800), .retry))
        #expect(outlook(nextAskAt: 1800, at: 2000).turn == .due(since: Self.accepted + .seconds(1800)))
    }

    @Test("a dead letter that was put back by hand is due, whatever it waited for")
    func putBack() {
        #expect(outlook(reason: .stale, nextAskAt: 1800, at: 5).turn == .due(since: nil))
        #expect(outlook(reason: .unverifiable, at: 5).turn == .due(since: nil))
    }

    @Test("what is settled is not asked about; a stale dead letter is, daily")
    func deadLetters() {
        #expect(outlook(.sent, at: 1000).turn == .settled)
        #expect(outlook(.other, at: 1000).turn == .settled)
        #expect(outlook(.deadLetter, at: 1000).turn == .final(nil))
        #expect(outlook(.deadLetter, reason: .reported, at: 1000).turn == .final(.reported))
        #expect(outlook(.deadLetter, reason: .stale, at: 1000).turn == .final(.stale), "its window has closed")
        #expect(
            outlook(.deadLetter, reason: .stale, nextAskAt: 9000, at: 1000).turn
                == .waits(until: Self.accepted + .seconds(9000), .watch))
        #expect(outlook(.deadLetter, reason: .stale, nextAskAt: 900, at: 1000).means == .channels)
    }

    @Test("a watched dead letter whose window is over is final, whatever was noted")
    func windowIsOver() {
        let over: Int64 = 30 * 86_400 + 1
        #expect(outlook(.deadLetter, reason: .stale, nextAskAt: 9000, at: over).turn == .final(.stale))
        #expect(outlook(.deadLetter, reason: .stale, nextAskAt: over, at: 9000).turn == .final(.stale))
    }

    @Test("another channel's row is nobody's turn; a key that was just first seen is left to its webhook")
    func rows() {
        func outlook(_ message: DueMessage, isOurs: Bool = true, nextAskAt: Timestamp? = nil) -> NextStep {
            NextStep(
                message, isOurs: isOurs, nextAskAt: nextAskAt, survey: nil, dueOfSend: 1, endpoints: Self.comm,
                policy: Self.policy, at: Self.accepted)
        }
        let message = DueMessage(
            key: MessageKey("K"), row: RowLocator(1), status: .other, acceptedAt: Self.accepted,
            tracking: Tracking())
        #expect(outlook(message, isOurs: false).turn == .notOurs)
        #expect(outlook(message, isOurs: false).givenUpAt == nil)
        var new = message.firstSeen(at: Self.accepted)
        new.status = .pending
        let next = Self.accepted + .seconds(600)
        #expect(outlook(new, nextAskAt: next).turn == .waits(until: next, .webhook))
        new.tracking.answers = 1
        #expect(outlook(new, nextAskAt: next).turn == .waits(until: next, .retry))
    }

    @Test("by the cheapest question there is")
    func means() {
        let busy = BacklogEstimate(stretches: [
            BacklogEstimate.Stretch(first: Self.accepted, messages: 5000, sends: 100, rowsSince: 5000)
        ])
        if case .history(let plan)? = outlook(at: 1000, survey: busy).means {
            #expect(plan.messages == 5000)
        } else {
            Issue.record("no sweep")
        }
        #expect(outlook(at: 1000, dueOfSend: 4).means == .send(RequestID("SEND"), others: 3))
        #expect(outlook(at: 1000).means == .channels)
        #expect(outlook(at: 1000, survey: busy, dueOfSend: 4, endpoints: [.reportInquiry]).means == .reports)
        #expect(outlook(at: 1000, survey: nil, dueOfSend: 1).means == .channels)
    }
}
