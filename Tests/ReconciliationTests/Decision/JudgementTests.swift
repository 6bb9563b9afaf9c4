import Reconciliation
import Support
import Testing

@Suite struct JudgementTests {
    private static let hour = Duration.seconds(3600)
    private static let day = hour * 24
    private let accepted = Timestamp(seconds: 1_800_000_000)
    private let policy = Policy(retry: RetrySchedule(jitter: 0))

    private func message(
        _ status: RowStatus = .pending, tracking: Tracking = Tracking(), accepted: Timestamp? = nil,
        untimed: Bool = false
    ) -> DueMessage {
        DueMessage(
            key: MessageKey("K1"), row: RowLocator(7), status: status,
            acceptedAt: untimed ? nil : accepted ?? self.accepted, tracking: tracking)
    }

    private func entry(_ code: String?, text: String? = nil) -> ReportEntry {
        ReportEntry(
            key: MessageKey("K1"), code: code.flatMap { ReportCode($0) }, text: text,
            reportedAt: Timestamp(seconds: 1_800_000_100))
    }

    private func judge(_ message: DueMessage, _ entries: [ReportEntry], after: Duration) -> Judgement {
        var random = SeededGenerator(seed: 1)
        return Judgement(message, entries: entries, askedAt: accepted + after, policy: policy, random: &random)
    }

    private func settlement(_ judgement: Judgement) -> Settlement? {
        if case .settle(let settlement) = judgement { settlement } else { nil }
    }

    @Test("delivered becomes SENT with code 10000 and no message")
    func delivered() throws {
        let settled = try #require(settlement(judge(message(), [entry("64016"), entry("10000")], after: Self.hour)))
        #expect(settled.from == .pending)
        #expect(settled.to == .sent)
        #expect(settled.code == .delivered)
        #expect(settled.message == nil)
        #expect(settled.reason == nil)
        #expect(!settled.isLate)
    }

    @Test("a delivery without a report time has none")
    func deliveredAtAnUnknownTime() throws {
        let untimed = ReportEntry(key: MessageKey("K1"), code: .delivered, text: nil, reportedAt: nil)
        let settled = try #require(settlement(judge(message(), [untimed], after: Self.hour)))
        #expect(settled.reportedAt == nil)
        let timed = try #require(settlement(judge(message(), [entry("10000")], after: Self.hour)))
        #expect(timed.reportedAt == Timestamp(seconds: 1_800_000_100))
    }

    @Test("failed becomes a dead letter with code, class and the provider's words")
    func failed() throws {
        let entries = [entry("64016", text: "카카오톡 미사용자")]
        let settled = try #require(settlement(judge(message(), entries, after: Self.hour)))
        #expect(settled.to == .deadLetter)
        #expect(settled.reason == .reported)
        #expect(settled.code == ReportCode("64016"))
        #expect(settled.message == "[64016] recipient: 카카오톡 미사용자")
        #expect(settled.nextAskAt == nil)
    }

    @Test("refusals are noted whatever became of the message on other channels")
    func refusals() throws {
        let entries = [entry("64008"), entry("64008"), entry("64016")]
        for last in ["10000", "23001"] {
            let settled = try #require(settlement(judge(message(), entries + [entry(last)], after: Self.hour)))
            #expect(settled.refusals.map(\.code) == [ReportCode("64008")])
        }
        let channels = ["ALIMTALK", "SMS", "SMS"].map { channel in
            var refused = entry("64008")
            refused.serviceType = channel
            return refused
        }
        let both = try #require(settlement(judge(message(), channels, after: Self.hour)))
        #expect(both.refusals.map(\.serviceType) == ["ALIMTALK", "SMS"], "each channel's once")
        #expect(try #require(settlement(judge(message(), [entry("64016")], after: Self.hour))).refusals.isEmpty)
    }

    @Test("without the provider's words the table's stand in")
    func failedWithoutText() throws {
        let settled = try #require(settlement(judge(message(), [entry("64008", text: "")], after: Self.hour)))
        #expect(settled.message == "[64008] account: account has no usage permission")
        let unknown = try #require(settlement(judge(message(), [entry("12345")], after: Self.hour)))
        #expect(unknown.message == "[12345] unknown: no text given")
    }

    @Test("in flight before its deadline is asked again, later and later, but not after the deadline")
    func inFlight() {
        #expect(
            judge(message(), [], after: Self.hour)
                == .wait(
                    until: accepted + Self.hour + .seconds(600), Tracking(answers: 1, wasAnswered: true)))
        let third = message(tracking: Tracking(answers: 2, wasAnswered: true))
        #expect(
            judge(third, [entry(nil)], after: Self.hour)
                == .wait(
                    until: accepted + Self.hour + .seconds(2400), Tracking(answers: 3, wasAnswered: true)))
        let eve = message(tracking: Tracking(answers: 20, wasAnswered: true))
        #expect(
            judge(eve, [], after: Self.hour * 71)
                == .wait(
                    until: accepted + Self.hour * 72, Tracking(answers: 21, wasAnswered: true)))
    }

    @Test("in flight past its deadline, asked since, is stale and watched daily")
    func stale() throws {
        let tracking = Tracking(answers: 10, wasAnswered: true)
        let settled = try #require(settlement(judge(message(tracking: tracking), [], after: Self.hour * 72)))
        #expect(settled.to == .deadLetter)
        #expect(settled.reason == .stale)
        #expect(settled.code == nil)
        #expect(settled.message == "[STALE] no delivery report 72h after acceptance (asked 11 times)")
        #expect(settled.nextAskAt == accepted + Self.hour * 96)
    }

    @Test("an answer to a question from before the deadline is no evidence after it")
    func askedBefore() {
        let before = judge(message(), [], after: Self.hour * 72 - .milliseconds(1))
        #expect(settlement(before) == nil)
    }

    @Test("with an uncertain code as the last word it is uncertain, even if the last answer was empty")
    func uncertain() throws {
        let now = try #require(settlement(judge(message(), [entry("63005")], after: Self.hour * 80)))
        #expect(now.reason == .uncertain)
        #expect(now.code == ReportCode("63005"))
        #expect(now.message == "[UNCERTAIN] outcome still open 72h after acceptance, last code 63005 (asked 1 times)")
        let remembered = Tracking(answers: 3, wasAnswered: true, lastCode: ReportCode("63005"))
        let later = try #require(settlement(judge(message(tracking: remembered), [], after: Self.hour * 80)))
        #expect(later.reason == .uncertain)
        let mixed = try #require(settlement(judge(message(), [entry("64016"), entry("63005")], after: Self.hour * 80)))
        #expect(mixed.reason == .uncertain)
    }

    @Test("older than the provider's window and never answered is unverifiable, and not asked again")
    func unverifiable() throws {
        let settled = try #require(settlement(judge(message(), [], after: Self.day * 31)))
        #expect(settled.reason == .unverifiable)
        #expect(settled.nextAskAt == nil)
        #expect(
            settled.message == "[UNVERIFIABLE] older than the provider's 30d window, never answered (asked 1 times)")
        let answered = message(tracking: Tracking(answers: 1, wasAnswered: true))
        #expect(try #require(settlement(judge(answered, [], after: Self.day * 31))).reason == .stale)
        #expect(settlement(judge(message(), [entry("10000")], after: Self.day * 31))?.to == .sent)
    }

    @Test("a provider that speaks of a message past its window has answered: stale or uncertain, and not asked again")
    func spokenOfPastTheWindow() throws {
        let uncertain = try #require(settlement(judge(message(), [entry("63005")], after: Self.day * 40)))
        #expect(uncertain.reason == .uncertain)
        #expect(uncertain.code == ReportCode("63005"))
        #expect(uncertain.nextAskAt == nil)
        let open = try #require(settlement(judge(message(), [entry(nil)], after: Self.day * 40)))
        #expect(open.reason == .stale)
        #expect(open.nextAskAt == nil)
    }

    @Test("a message whose time cannot be read is settled by a report but never given up")
    func untimed() {
        #expect(settlement(judge(message(untimed: true), [], after: Self.day * 400)) == nil)
        #expect(settlement(judge(message(untimed: true), [entry("10000")], after: Self.day))?.to == .sent)
    }

    @Test("a watched dead letter that was delivered is a late report")
    func late() throws {
        let dead = message(.deadLetter, tracking: Tracking(answers: 9, wasAnswered: true, reason: .stale))
        let settled = try #require(settlement(judge(dead, [entry("10000")], after: Self.hour * 96)))
        #expect(settled.isLate)
        #expect(settled.from == .deadLetter)
        #expect(settled.message == nil)
    }

    @Test("a watched dead letter the provider reports as failed is told more precisely")
    func replaced() throws {
        let dead = message(.deadLetter, tracking: Tracking(answers: 9, wasAnswered: true, reason: .stale))
        let settled = try #require(settlement(judge(dead, [entry("64016", text: "no")], after: Self.hour * 96)))
        #expect(settled.from == .deadLetter)
        #expect(settled.to == .deadLetter)
        #expect(settled.reason == .reported)
        #expect(!settled.isLate)
    }

    @Test("a watched dead letter is asked about daily until the window closes, and stays what it is")
    func watched() {
        let dead = message(.deadLetter, tracking: Tracking(answers: 9, wasAnswered: true, reason: .stale))
        guard case .wait(let next, _) = judge(dead, [], after: Self.day * 10) else { Issue.record("settled"); return }
        #expect(next == accepted + Self.day * 11)
        guard case .wait(let last, _) = judge(dead, [], after: Self.day * 29 + .seconds(1)) else { return }
        #expect(last == nil)
    }

    @Test("a failed question puts a message off, and ends it only past the window after a plain no")
    func unanswered() {
        var random = SeededGenerator(seed: 1)
        func judge(_ message: DueMessage, _ kind: QuestionFailure.Kind, after: Duration) -> Judgement {
            Judgement.unanswered(message, kind, at: accepted + after, policy: policy, random: &random)
        }
        #expect(
            judge(message(), .rejected, after: Self.hour)
                == .wait(
                    until: accepted + Self.hour + .seconds(600), Tracking(failures: 1)))
        #expect(settlement(judge(message(), .rejected, after: Self.day * 10)) == nil)
        #expect(settlement(judge(message(), .rejected, after: Self.day * 31))?.reason == .unverifiable)
        for kind in [QuestionFailure.Kind.unreachable, .nonsense, .refused, .rateLimited(retryAfter: nil)] {
            #expect(settlement(judge(message(), kind, after: Self.day * 31)) == nil)
        }
        let answered = message(tracking: Tracking(answers: 1, wasAnswered: true))
        #expect(settlement(judge(answered, .rejected, after: Self.day * 31)) == nil)
        // A watched dead letter is asked about again, but not past its window.
        let dead = message(.deadLetter, tracking: Tracking(answers: 9, wasAnswered: true, reason: .stale))
        func next(after: Duration) -> Timestamp? {
            guard case .wait(let until, _) = judge(dead, .rejected, after: after) else { return nil }
            return until
        }
        #expect(next(after: Self.day * 10) == accepted + Self.day * 10 + Self.hour * 6)
        #expect(next(after: Self.day * 30 - Self.hour * 6) == accepted + Self.day * 30)
        #expect(next(after: Self.day * 30 - Self.hour * 5) == nil)
    }

    @Test("what still holds after a lost race is evidence of delivery over a dead letter, and nothing else")
    func lostRace() throws {
        let sent = try #require(settlement(judge(message(), [entry("10000")], after: Self.hour)))
        let failed = try #require(settlement(judge(message(), [entry("64016")], after: Self.hour)))
        #expect(sent.afterLosing(to: .deadLetter)?.isLate == true)
        #expect(sent.afterLosing(to: .sent) == nil)
        #expect(sent.afterLosing(to: .other) == nil)
        #expect(failed.afterLosing(to: .sent) == nil)
        #expect(failed.afterLosing(to: .deadLetter) == nil)
    }
}
