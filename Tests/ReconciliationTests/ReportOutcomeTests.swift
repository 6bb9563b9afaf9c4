import Reconciliation
import Support
import Testing

/// What reports that came unasked mean, and how they are remembered.
@Suite struct ReportOutcomeTests {
    private let now = Timestamp(seconds: 1_800_000_000)
    private let key = MessageKey("K")

    private let policy = Policy(retry: RetrySchedule(jitter: 0))

    private func entry(_ code: String?, _ service: String? = "ALIMTALK", at seconds: Int64? = 0) -> ReportEntry {
        ReportEntry(
            key: key, serviceType: service, code: code.flatMap { ReportCode($0) },
            reportedAt: seconds.map { now + .seconds($0) })
    }

    private func message(
        _ status: RowStatus = .pending, reason: DeadLetterReason? = nil, age: Duration = .seconds(5)
    ) -> DueMessage {
        DueMessage(
            key: key, row: RowLocator(1), status: status, acceptedAt: now - age,
            tracking: Tracking(reason: reason))
    }

    private func finding(_ message: DueMessage?, _ entries: [ReportEntry], confirm: Bool = true) -> ReportOutcome {
        var random = SeededGenerator(seed: 1)
        return ReportOutcome(
            message, entries: entries, mustConfirm: confirm, source: .polling, at: now, policy: policy, random: &random)
    }

    private func settled(_ finding: ReportOutcome) -> Settlement? {
        if case .decided(.settle(let settlement)) = finding { settlement } else { nil }
    }

    @Test(
        "Delivered is sent whatever the age", arguments: [RowStatus.pending, .deadLetter],
        [Duration.seconds(1), .seconds(40 * 86_400)])
    func deliveredIsSentWhateverTheAge(_ status: RowStatus, _ age: Duration) throws {
        let found = finding(message(status, age: age), [entry("64016"), entry("10000", "SMS")])
        let settlement = try #require(settled(found))
        #expect(settlement.from == status)
        #expect(settlement.to == .sent)
        #expect(settlement.code == .delivered)
        #expect(settlement.isLate == (status == .deadLetter))
        #expect(settlement.source == .polling)
    }

    @Test("A failure is confirmed where it can be")
    func aFailureIsConfirmedWhereItCanBe() throws {
        #expect(finding(message(), [entry("64016")]) == .unconfirmed)
        let believed = try #require(settled(finding(message(), [entry("64016")], confirm: false)))
        #expect(believed.to == .deadLetter)
        #expect(believed.reason == .reported)
        #expect(believed.source == .polling)
    }

    @Test("A failure tells what was given up more precisely and nothing else")
    func aFailureTellsWhatWasGivenUpMorePreciselyAndNothingElse() throws {
        for reason in [DeadLetterReason.stale, .uncertain, .unverifiable] {
            let givenUp = finding(message(.deadLetter, reason: reason), [entry("64016")], confirm: false)
            #expect(settled(givenUp)?.from == .deadLetter)
            #expect(settled(givenUp)?.reason == .reported)
            #expect(finding(message(.deadLetter, reason: reason), [entry("64016")]) == .unconfirmed)
        }
        for reason in [DeadLetterReason.reported, nil] {
            #expect(finding(message(.deadLetter, reason: reason), [entry("64016")], confirm: false) == .nothing)
        }
    }

    @Test("An open outcome is noted and ends nothing")
    func anOpenOutcomeIsNotedAndEndsNothing() {
        let young = finding(message(), [entry("63005")])
        #expect(young == .decided(.wait(until: now + .seconds(600), Tracking(lastCode: ReportCode("63005")))))
        let overdue = finding(message(age: .seconds(80 * 3600)), [entry("64016"), entry("63005", "SMS")])
        #expect(overdue == .decided(.wait(until: now + .seconds(600), Tracking(lastCode: ReportCode("63005")))))
        let almost = finding(message(age: .seconds(72 * 3600 - 60)), [entry("63005")])
        #expect(almost == .decided(.wait(until: now + .seconds(60), Tracking(lastCode: ReportCode("63005")))))
        #expect(finding(message(.deadLetter, reason: .stale), [entry("63005")]) == .nothing)
    }

    @Test("Nothing changes what is sent or the applications own", arguments: [RowStatus.sent, .other])
    func nothingChangesWhatIsSentOrTheApplicationsOwn(_ status: RowStatus) {
        for code in ["10000", "64016", "63005"] { #expect(finding(message(status), [entry(code)]) == .nothing) }
    }

    @Test("Without a row it is unmatched unless it says nothing")
    func withoutARowItIsUnmatchedUnlessItSaysNothing() {
        #expect(finding(nil, [entry("10000")]) == .unmatched)
        #expect(finding(nil, [entry(nil)]) == .nothing)
        #expect(finding(message(), [entry(nil)]) == .nothing)
        #expect(finding(message(), [entry("64016"), entry(nil, "SMS")], confirm: false) != .unconfirmed)
    }

    @Test("Of one channel the last report counts")
    func ofOneChannelTheLastReportCounts() {
        func codes(_ old: [ReportEntry], _ new: [ReportEntry]) -> [String?] {
            old.updated(with: new).map(\.code?.text)
        }
        #expect(codes([entry("63005")], [entry("64016", at: 1)]) == ["64016"])
        #expect(codes([entry("64016", at: 1)], [entry("63005")]) == ["64016"], "an older one came later")
        #expect(codes([entry("64016")], [entry("64016")]) == ["64016"])
        #expect(codes([entry("10000")], [entry("64016", at: 9)]) == ["10000"], "delivered stays delivered")
        #expect(codes([entry("64016", at: 9)], [entry("10000")]) == ["10000"])
        #expect(codes([entry("64016")], [entry(nil, at: 9)]) == ["64016"], "no code takes nothing back")
        #expect(codes([entry("64016")], [entry("10000", "SMS")]) == ["64016", "10000"])
        #expect(codes([entry("64016", at: nil)], [entry("22003", at: nil)]) == ["22003"])
    }

    private func keeping(_ entries: ReportEntry...) -> ParkedReports? {
        ParkedReports(entries, isMatched: true, receivedAt: now, tryAt: now)
    }

    @Test("What message status says of a channel replaces an uncertain report")
    func whatMessageStatusSaysOfAChannelReplacesAnUncertainReport() throws {
        let kept = try #require(keeping(entry("64016"), entry("63005", "SMS")))
        #expect(
            Verdict(entries: kept.confirmed(by: [entry("64016"), entry("23001", "SMS", at: 5)]))
                == .failed(entry("23001", "SMS", at: 5)))
        #expect(
            Verdict(entries: kept.confirmed(by: [entry("64016"), entry(nil, "SMS")]))
                == .inFlight(lastCode: ReportCode("63005")))
        #expect(
            Verdict(entries: kept.confirmed(by: [])) == .inFlight(lastCode: ReportCode("63005")),
            "what an answer leaves out is not known by it")
    }

    @Test("A status that lags behind the report is believed")
    func aStatusThatLagsBehindTheReportIsBelieved() throws {
        let kept = try #require(keeping(entry("64016")))
        #expect(
            Verdict(entries: kept.confirmed(by: [entry(nil)])) == .inFlight(lastCode: ReportCode("64016")))
    }

    @Test("What is kept has no telephone numbers and one entry a channel")
    func whatIsKeptHasNoTelephoneNumbersAndOneEntryAChannel() throws {
        var spoken = entry("64016", "")
        spoken.text = "call " + String(repeating: "5", count: 11)
        let kept = try #require(keeping(spoken, entry("22003", nil), entry(nil, "SMS")))
        #expect(kept.entries.map(\.code?.text) == ["22003"])
        let text = try #require(ParkedReports([spoken], isMatched: false, receivedAt: now, tryAt: now)?.entries[0].text)
        #expect(text == "call …")
        #expect(keeping(entry(nil)) == nil)
    }

    @Test("What was given up is not counted as reported")
    func whatWasGivenUpIsNotCountedAsReported() {
        var random = SeededGenerator(seed: 1)
        let old = message(age: .seconds(80 * 3600))
        let stale = Judgement(old, entries: [], askedAt: now, policy: policy, random: &random).byReport(.polling)
        guard case .settle(let settlement) = stale else { Issue.record("not stale"); return }
        #expect(settlement.reason == .stale)
        #expect(settlement.source == .inquiry)
    }
}
