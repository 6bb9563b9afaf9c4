import Reconciliation
import Support
import Testing

@Suite struct VerdictTests {
    private func entry(_ code: String?, at seconds: Int64? = nil, _ service: String = "ALIMTALK") -> ReportEntry {
        ReportEntry(
            key: MessageKey("K"), serviceType: service, code: code.flatMap { ReportCode($0) },
            reportedAt: seconds.map { Timestamp(seconds: $0) })
    }

    @Test("nothing known is in flight")
    func empty() {
        #expect(Verdict(entries: []) == .inFlight(lastCode: nil))
    }

    @Test("delivered on any channel is delivered, whatever the others say")
    func deliveredWins() {
        let delivered = entry("10000", at: 5)
        for others in [[entry("64016", at: 9)], [entry(nil)], [entry("63005", at: 9)], [entry("99999", at: 9)]] {
            #expect(Verdict(entries: others + [delivered]) == .delivered(delivered))
            #expect(Verdict(entries: [delivered] + others) == .delivered(delivered))
        }
    }

    @Test("a failure while another channel is in flight is not a failure")
    func failureInFlight() {
        #expect(Verdict(entries: [entry("64016"), entry(nil, "SMS")]) == .inFlight(lastCode: ReportCode("64016")))
    }

    @Test("all failed is failed, and the latest failure speaks")
    func failed() {
        let first = entry("64016", at: 1)
        let second = entry("23003", at: 2, "SMS")
        #expect(Verdict(entries: [first]) == .failed(first))
        #expect(Verdict(entries: [second, first]) == .failed(second))
        let untimed = entry("23003", "SMS")
        #expect(Verdict(entries: [first, untimed]) == .failed(first))
        #expect(Verdict(entries: [entry("64016"), untimed]) == .failed(untimed))
    }

    @Test("an uncertain code is in flight, also beside failures")
    func uncertain() {
        #expect(Verdict(entries: [entry("63005")]) == .inFlight(lastCode: ReportCode("63005")))
        #expect(
            Verdict(entries: [entry("64016", at: 9), entry("63005", at: 1)]) == .inFlight(lastCode: ReportCode("63005"))
        )
        #expect(Verdict(entries: [entry("63005"), entry(nil)]) == .inFlight(lastCode: ReportCode("63005")))
    }

    @Test("a code that is in no table is a failure")
    func unknownCode() {
        #expect(Verdict(entries: [entry("12345")]) == .failed(entry("12345")))
    }

    @Test("agrees with the table of outcomes for every combination of up to four entries, in any order")
    func exhaustive() {
        let kinds: [String?] = ["10000", nil, "63005", "64016", "12345"]
        for size in 0...4 {
            for combination in 0..<Int(pow(5, size)) {
                var rest = combination
                let codes = (0..<size).map { _ -> String? in
                    defer { rest /= 5 }
                    return kinds[rest % 5]
                }
                let verdict = Verdict(entries: codes.enumerated().map { entry($1, at: Int64($0)) })
                if codes.contains("10000") {
                    guard case .delivered = verdict else { Issue.record("\(codes): \(verdict)"); continue }
                } else if codes.isEmpty || codes.contains(nil) || codes.contains("63005") {
                    guard case .inFlight = verdict else { Issue.record("\(codes): \(verdict)"); continue }
                } else {
                    guard case .failed = verdict else { Issue.record("\(codes): \(verdict)"); continue }
                }
            }
        }
    }

    private func pow(_ base: Int, _ exponent: Int) -> Int { (0..<exponent).reduce(1) { value, _ in value * base } }
}
