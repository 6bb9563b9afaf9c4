import Reconciliation
import Support
import Testing

/// What becomes of a decision, given what is there when it is carried out.
@Suite struct ResolutionTests {
    private static let day = Duration.seconds(86_400)
    private let now = Timestamp(seconds: 1_800_000_000)
    private let key = MessageKey("K1")
    private let row = RowLocator(7)
    private let policy = Policy(retry: RetrySchedule(jitter: 0))

    private func message(
        _ status: RowStatus = .pending, age: Duration = .seconds(3600), _ tracking: Tracking = Tracking()
    ) -> DueMessage {
        DueMessage(key: key, row: row, status: status, acceptedAt: now - age, tracking: tracking)
    }

    private func state(
        _ status: RowStatus = .pending, at row: RowLocator? = nil, _ tracking: Tracking? = nil,
        age: Duration = .seconds(3600), nextAskAt: Timestamp? = nil
    ) -> MessageState {
        MessageState(
            key: key, row: row ?? self.row, status: status, start: now - age, tracking: tracking, nextAskAt: nextAskAt)
    }

    private func entry(_ code: String?, _ service: String? = nil) -> ReportEntry {
        ReportEntry(
            key: key, serviceType: service, code: code.flatMap { ReportCode($0) }, text: "words",
            reportedAt: now - .seconds(5))
    }

    private func kept(_ codes: String..., isMatched: Bool = true) throws -> ParkedReports {
        let entries = zip(codes, ["ALIMTALK", "SMS"]).map { entry($0, $1) }
        return try #require(
            ParkedReports(entries, isMatched: isMatched, receivedAt: now, tries: 2, tryAt: now + .seconds(9_000)))
    }

    private func judged(_ message: DueMessage, _ entries: [ReportEntry]) -> Decision {
        var random = SeededGenerator(seed: 1)
        return Decision(message, Judgement(message, entries: entries, askedAt: now, policy: policy, random: &random))
    }

    private func resolve(
        _ decision: Decision, _ state: MessageState?, kept: ParkedReports? = nil
    ) -> Resolution {
        Resolution(decision, state, kept: kept, at: now)
    }

    private func noted(_ resolution: Resolution) -> Resolution.Note? {
        if case .note(let note) = resolution.memory { note } else { nil }
    }

    private func settlement(_ resolution: Resolution) -> Settlement? {
        if case .settled(let settlement) = resolution.effect { settlement } else { nil }
    }

    private let stale = Tracking(answers: 5, wasAnswered: true, reason: .stale)
    private let reported = Tracking(answers: 5, wasAnswered: true, reason: .reported)

    // MARK: Settling

    @Test("a delivered message becomes sent, is forgotten, and leaves a line in the audit")
    func delivered() throws {
        let tracking = Tracking(answers: 2, failures: 1)
        let resolution = resolve(judged(message(.pending, tracking), [entry("10000")]), state(.pending, tracking))
        let change = try #require(resolution.change)
        #expect(change.row == row)
        #expect(change.from == .pending)
        #expect(change.to == .sent)
        #expect(change.code == .delivered)
        #expect(change.message == nil)
        #expect(resolution.memory == .forget)
        #expect(settlement(resolution)?.isLate == false)
        #expect(
            resolution.audit
                == AuditEntry(
                    at: now, from: .pending, to: .sent, code: .delivered, source: .inquiry,
                    detail: "answers=3 failures=0 reported_at=\((now - .seconds(5)).iso8601(withMilliseconds: true))"))
        #expect(resolution.kept == nil)
        #expect(resolution.vacated == nil)
    }

    @Test("a failed message becomes a dead letter, of which is remembered when, by which code and why")
    func failed() throws {
        var refused = Tracking(answers: 1)
        refused.refusal = "CHECK constraint failed"
        let resolution = resolve(judged(message(.pending, refused), [entry("64016")]), state(.pending, refused))
        #expect(resolution.change?.to == .deadLetter)
        #expect(resolution.change?.message?.hasPrefix("[64016] recipient: ") == true)
        let note = try #require(noted(resolution))
        #expect(note.tracking.reason == .reported)
        #expect(note.tracking.refusal == nil, "the table took the change")
        #expect(note.settledAt == now)
        #expect(note.code == ReportCode("64016"))
        #expect(note.nextAskAt == nil)
        #expect(resolution.audit?.reason == .reported)
        #expect(resolution.audit?.code == ReportCode("64016"))
    }

    @Test("a stale message is a dead letter that is asked about again")
    func givenUp() throws {
        let old = message(age: Self.day * 4)
        let note = try #require(noted(resolve(judged(old, []), state(age: Self.day * 4))))
        #expect(note.tracking.reason == .stale)
        #expect(note.nextAskAt == now + Self.day)
    }

    @Test("a report that came by itself is told by the audit")
    func polled() {
        let judgement = judged(message(), [entry("10000")]).judgement.byReport(.polling)
        #expect(resolve(Decision(message(), judgement), state()).audit?.source == .polling)
    }

    @Test("a row that has another address by now is changed there")
    func moved() {
        let elsewhere = RowLocator(70)
        let resolution = resolve(judged(message(), [entry("64016")]), state(.pending, at: elsewhere))
        #expect(resolution.change?.row == elsewhere)
        #expect(noted(resolution)?.row == elsewhere)
        #expect(settlement(resolution)?.row == elsewhere)
    }

    @Test("of a message of which nothing is remembered there is nothing to forget, and no report is looked for")
    func nothingRemembered() {
        var lookups = 0
        func look() -> ParkedReports? {
            lookups += 1
            return nil
        }
        let resolution = Resolution(judged(message(), [entry("10000")]), state(.pending), kept: look(), at: now)
        #expect(resolution.memory == .asItWas)
        #expect(lookups == 0)
    }

    // MARK: Settled elsewhere

    @Test("a result of somebody else is left as it is", arguments: [RowStatus.sent, .deadLetter, .other])
    func lost(_ theirs: RowStatus) {
        for entries in [[], [entry("64016")]] {
            let resolution = resolve(judged(message(age: Self.day * 4), entries), state(theirs, Tracking(answers: 1)))
            #expect(resolution.effect == .settledElsewhere)
            #expect(resolution.change == nil)
            #expect(resolution.audit == nil)
            #expect(resolution.memory == .forget)
            #expect(resolution.vacated == nil)
        }
    }

    @Test("evidence of delivery turns somebody's dead letter into sent, and is late")
    func late() throws {
        let resolution = resolve(judged(message(), [entry("10000")]), state(.deadLetter))
        #expect(resolution.change?.from == .deadLetter)
        #expect(resolution.change?.to == .sent)
        #expect(settlement(resolution)?.isLate == true)
        #expect(resolution.audit?.detail?.hasSuffix(" late") == true)
        #expect(resolve(judged(message(), [entry("10000")]), state(.sent)).effect == .settledElsewhere)
    }

    @Test("a message whose row is gone is forgotten, and who is in its place is to be looked at")
    func gone() {
        for entries in [[], [entry("10000")], [entry("64016")]] {
            let resolution = resolve(judged(message(), entries), nil)
            #expect(resolution.effect == .settledElsewhere)
            #expect(resolution.memory == .forget)
            #expect(resolution.vacated == row)
        }
    }

    @Test("a watched dead letter that is pending again meanwhile is left alone, with what is remembered")
    func putBack() {
        let decision = judged(message(.deadLetter, age: Self.day * 4, stale), [entry("64016")])
        let resolution = resolve(decision, state(.pending, stale))
        #expect(resolution.effect == .settledElsewhere)
        #expect(resolution.memory == .asItWas)
    }

    // MARK: Told more precisely

    @Test(
        "a dead letter that was given up takes a reported failure, and is watched no more",
        arguments: [DeadLetterReason.stale, .uncertain, .unverifiable])
    func toldMore(_ reason: DeadLetterReason) throws {
        let tracking = Tracking(answers: 5, reason: reason)
        let decision = judged(message(.deadLetter, age: Self.day * 4, tracking), [entry("64016")])
        let resolution = resolve(decision, state(.deadLetter, tracking, nextAskAt: now))
        #expect(resolution.change?.from == .deadLetter)
        #expect(resolution.change?.to == .deadLetter)
        #expect(settlement(resolution)?.isLate == false)
        #expect(noted(resolution)?.tracking.reason == .reported)
        #expect(noted(resolution)?.nextAskAt == nil)
    }

    @Test("one that was reported by now, or is somebody else's, is not")
    func notToldMore() {
        let decision = judged(message(.deadLetter, age: Self.day * 4, stale), [entry("64016")])
        let again = resolve(decision, state(.deadLetter, reported))
        #expect(again.effect == .settledElsewhere)
        #expect(again.memory == .asItWas, "why it is a dead letter")
        #expect(resolve(decision, state(.deadLetter)).effect == .settledElsewhere)
        #expect(resolve(decision, state(.deadLetter, Tracking(answers: 1))).memory == .forget)
    }

    @Test("one that turns out to be delivered becomes sent, whoever made it a dead letter")
    func deliveredDeadLetter() {
        for tracking in [stale, reported, nil] {
            let decision = judged(message(.deadLetter, tracking ?? Tracking()), [entry("10000")])
            #expect(settlement(resolve(decision, state(.deadLetter, tracking)))?.isLate == true)
        }
    }

    // MARK: Waiting

    @Test("a message that stays open is noted where its row is, without its news")
    func waits() throws {
        let elsewhere = RowLocator(70)
        var tracking = Tracking(answers: 3, lastCode: ReportCode("63005"))
        tracking.newRefusals = [entry("64008")]
        let decision = Decision(message(), .wait(until: now + .seconds(60), tracking))
        let resolution = resolve(decision, state(.pending, at: elsewhere))
        #expect(resolution.effect == .waits)
        #expect(resolution.change == nil)
        #expect(resolution.audit == nil)
        let note = try #require(noted(resolution))
        #expect(note.row == elsewhere)
        #expect(note.nextAskAt == now + .seconds(60))
        #expect(note.settledAt == nil)
        #expect(note.tracking == Tracking(answers: 3, lastCode: ReportCode("63005")))
        #expect(resolution.refusals == [entry("64008")])
    }

    @Test("refusals that were told when their report came are not told again")
    func toldBefore() throws {
        var tracking = Tracking(answers: 1)
        tracking.newRefusals = [entry("64008"), entry("64011")]
        let decision = Decision(message(), .wait(until: now, tracking))
        #expect(resolve(decision, state(), kept: try kept("64008")).refusals == [entry("64011")])
        let unmatched = try kept("64008", isMatched: false)
        #expect(resolve(decision, state(), kept: unmatched).refusals.count == 2, "nobody was told of a stranger's")
    }

    @Test("a settlement knows of those, too")
    func toldBeforeSettling() throws {
        let decision = judged(message(), [entry("64008", "ALIMTALK"), entry("10000", "SMS")])
        let told = settlement(resolve(decision, state(), kept: try kept("64008")))?.tracking.toldRefusals
        #expect(told == [try #require(ReportCode("64008"))])
        #expect(settlement(resolve(decision, state()))?.tracking.toldRefusals.isEmpty == true)
    }

    @Test("one that somebody settled, or put back, meanwhile does not wait")
    func waitsNoMore() {
        let decision = Decision(message(), .wait(until: now, Tracking(answers: 1)))
        #expect(resolve(decision, state(.sent)).effect == .settledElsewhere)
        #expect(resolve(decision, state(.deadLetter, stale)).memory == .asItWas)
        #expect(resolve(decision, nil).vacated == row)
        let watched = Decision(message(.deadLetter, stale), .wait(until: nil, stale))
        #expect(resolve(watched, state(.pending, stale)).memory == .asItWas)
        #expect(noted(resolve(watched, state(.deadLetter, stale)))?.nextAskAt == nil)
    }

    // MARK: Kept reports

    @Test("a message is not given up while a report of its outcome is kept: that is to be applied first")
    func outcomeKept() throws {
        let decision = judged(message(age: Self.day * 4), [])
        let resolution = resolve(decision, state(age: Self.day * 4), kept: try kept("64016"))
        #expect(resolution.effect == .waits)
        #expect(resolution.change == nil)
        #expect(resolution.kept == (try kept("64016")).soon(at: now))
        let note = try #require(noted(resolution))
        #expect(note.nextAskAt == now + ParkedReports.pauseBeforeGivingUp)
        #expect(note.tracking.reason == nil)
        #expect(note.tracking.answers == 1)
    }

    @Test("one that leaves the outcome open keeps nothing from being given up")
    func uncertainKept() throws {
        let resolution = resolve(judged(message(age: Self.day * 4), []), state(), kept: try kept("63005"))
        #expect(settlement(resolution)?.reason == .stale)
        #expect(resolution.kept == nil)
    }

    @Test("it keeps nothing from being settled by a report, either")
    func settledBesideKept() throws {
        let resolution = resolve(judged(message(), [entry("64016")]), state(), kept: try kept("64016"))
        #expect(settlement(resolution)?.reason == .reported)
    }

    @Test("a kept report is looked at soon also where somebody has settled the message")
    func keptOfSettled() throws {
        let resolution = resolve(judged(message(age: Self.day * 4), []), state(.sent), kept: try kept("10000"))
        #expect(resolution.effect == .settledElsewhere)
        #expect(resolution.kept?.tryAt == now)
        #expect(resolution.memory == .forget)
    }

    @Test("that the table refused a report is remembered while that report is kept")
    func refusedReport() throws {
        var refused = Tracking(answers: 1)
        refused.refusal = "CHECK constraint failed"
        let decision = Decision(message(), .wait(until: now, Tracking()))
        #expect(resolve(decision, state(.deadLetter, refused), kept: try kept("10000")).memory == .asItWas)
        #expect(resolve(decision, state(.deadLetter, refused)).memory == .forget)
        #expect(resolve(decision, state(.sent, refused), kept: try kept("10000")).memory == .forget)
    }

    // MARK: What nobody asks about any more

    private func tidied(_ state: MessageState?) -> Resolution {
        .tidying(state, lastSeen: row, kept: nil, watchedSince: now - Self.day * 30)
    }

    @Test("what others have settled is forgotten, and what is open or our dead letter is not")
    func tidying() {
        #expect(tidied(state(.pending, Tracking())).memory == .asItWas)
        #expect(tidied(state(.sent, Tracking())).memory == .forget)
        #expect(tidied(state(.other, Tracking())).memory == .forget)
        #expect(tidied(state(.deadLetter, Tracking())).memory == .forget)
        #expect(tidied(state(.deadLetter, reported)).memory == .asItWas)
        #expect(tidied(nil).memory == .forget)
        #expect(tidied(nil).vacated == row)
    }

    @Test("a dead letter is not watched past the provider's window, counted from when it was first seen")
    func watch() {
        let old = Self.day * 31
        #expect(tidied(state(.deadLetter, stale, age: old, nextAskAt: now)).memory == .endWatch)
        #expect(tidied(state(.deadLetter, stale, age: old)).memory == .asItWas)
        let edge = tidied(state(.deadLetter, stale, age: Self.day * 30, nextAskAt: now))
        #expect(edge.memory == .asItWas, "the window holds what is just as old")
        #expect(tidied(state(.deadLetter, stale, age: Self.day * 29, nextAskAt: now)).memory == .asItWas)
        var seen = stale
        seen.firstSeenAt = now - Self.day * 10
        #expect(tidied(state(.deadLetter, seen, age: old, nextAskAt: now)).memory == .asItWas)
    }

    // MARK: What begins anew

    @Test("a dead letter that is put back is due now, with nothing remembered, and leaves a line in the audit")
    func requeuing() throws {
        let resolution = try #require(Resolution.requeuing(state(.deadLetter, stale), at: now))
        #expect(resolution.effect == .requeued)
        #expect(resolution.change?.from == .deadLetter)
        #expect(resolution.change?.to == .pending)
        #expect(resolution.change?.code == nil)
        #expect(resolution.change?.message == nil)
        #expect(noted(resolution)?.nextAskAt == now)
        #expect(noted(resolution)?.tracking == Tracking())
        #expect(
            resolution.audit == AuditEntry(at: now, from: .deadLetter, to: .pending, reason: .stale, source: .requeue))
    }

    @Test("nothing else is put back", arguments: [RowStatus.pending, .sent, .other])
    func notRequeuing(_ status: RowStatus) {
        #expect(Resolution.requeuing(state(status), at: now) == nil)
    }

    @Test("a message that was sent again in another one's row counts from now, and is left to its webhook")
    func newcomer() throws {
        let former = MessageKey("FORMER")
        func newcomer(_ state: MessageState, insteadOf former: MessageKey = former) -> Resolution.Note? {
            Resolution.newcomer(state, insteadOf: former, at: now, after: .seconds(600))
        }
        let note = try #require(newcomer(state()))
        #expect(note.row == row)
        #expect(note.nextAskAt == now + .seconds(600))
        #expect(note.tracking == Tracking(firstSeenAt: now))
        #expect(newcomer(state(), insteadOf: key) == nil)
        #expect(newcomer(state(.sent)) == nil)
        #expect(newcomer(state(.pending, Tracking())) == nil, "it was noted before")
        #expect(newcomer(state(age: .seconds(-1))) == nil, "accepted in the future")
    }

    @Test("only a first note of an open message asks who was in its row before")
    func firstNote() {
        let wait = Judgement.wait(until: now, Tracking(answers: 1))
        #expect(Decision(message(), wait).isFirstNote)
        #expect(!Decision(message(.pending, Tracking(answers: 1)), wait).isFirstNote)
        #expect(!Decision(message(.deadLetter), wait).isFirstNote)
        #expect(!judged(message(), [entry("10000")]).isFirstNote)
        let seen = Decision(message(), wait).firstSeen(at: now)
        #expect(seen.judgement == .wait(until: now, Tracking(answers: 1, firstSeenAt: now)))
        #expect(judged(message(), [entry("10000")]).firstSeen(at: now) == judged(message(), [entry("10000")]))
    }
}
