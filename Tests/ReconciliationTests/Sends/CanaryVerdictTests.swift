import Reconciliation
import Testing

/// What a canary shows at the end of its time.
@Suite struct CanaryVerdictTests {
    private let key = MessageKey("K1")
    private var accepted: RecipientOutcome { .accepted(key, isNew: true) }

    private func entry(_ code: String?) -> ReportEntry { ReportEntry(key: key, code: code.flatMap { ReportCode($0) }) }

    private func lost(_ verdict: CanaryVerdict) -> String? { if case .lost(let why) = verdict { why } else { nil } }

    @Test("delivered by its row, or by what the provider says")
    func delivered() {
        #expect(CanaryVerdict(accepted, status: .sent, entries: nil) == .delivered)
        #expect(CanaryVerdict(accepted, status: .pending, entries: [entry("10000")]) == .delivered)
        #expect(CanaryVerdict(accepted, status: .deadLetter, entries: [entry("64016"), entry("10000")]) == .delivered)
        #expect(CanaryVerdict.delivered.observation == .over(AlertIdentity(.canaryLost)))
    }

    @Test("lost, and why")
    func lost() {
        #expect(lost(CanaryVerdict(nil, status: nil, entries: nil)) == "not known to be accepted")
        #expect(lost(CanaryVerdict(.rejected("A306"), status: nil, entries: nil)) == "not accepted: A306")
        #expect(lost(CanaryVerdict(accepted, status: .pending, entries: nil))?.contains("not reported") == true)
        #expect(lost(CanaryVerdict(accepted, status: .pending, entries: []))?.contains("not reported") == true)
        #expect(
            lost(CanaryVerdict(accepted, status: .pending, entries: [entry(nil)]))?.contains("not reported") == true)
        #expect(lost(CanaryVerdict(accepted, status: .pending, entries: [entry("64016")]))?.contains("64016") == true)
        #expect(lost(CanaryVerdict(accepted, status: .deadLetter, entries: nil))?.contains("dead letter") == true)
        #expect(
            CanaryVerdict.lost("why").observation == .holds(AlertIdentity(.canaryLost), detail: "why"))
    }
}
