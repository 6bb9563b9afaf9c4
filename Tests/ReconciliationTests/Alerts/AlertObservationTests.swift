import Reconciliation
import Testing

struct AlertObservationTests {
    private func settlement(
        _ key: String, from: RowStatus = .pending, to: RowStatus = .deadLetter, _ reason: DeadLetterReason? = nil,
        code: String? = nil, reported seconds: Int? = nil
    ) -> Settlement {
        var settlement = Settlement(
            key: MessageKey(key), row: RowLocator(1), from: from, to: to, reason: reason,
            code: code.flatMap { ReportCode($0) }, reportedAt: seconds.map { .after(.seconds($0)) })
        if let code = settlement.code, code.meaning == .account || code.meaning == .sender {
            settlement.refusals = [refusal(code.text, reported: seconds)]
        }
        return settlement
    }

    private func refusal(_ code: String, reported seconds: Int? = nil) -> ReportEntry {
        ReportEntry(key: MessageKey("k"), code: ReportCode(code), reportedAt: seconds.map { .after(.seconds($0)) })
    }

    @Test func `a fallback that got through neither hides the refusal before it nor ends it`() {
        var fallback = settlement("a", to: .sent, code: "10000", reported: 9)
        fallback.refusals = [refusal("64008", reported: 2), refusal("64008", reported: 2)]
        let one = AlertOccurrence(count: 1, examples: [MessageKey("a")])
        #expect(
            observations([fallback]) == [
                .refused(.accountRefused, accountCode, one, reportedAt: .after(.seconds(2)))
            ])
    }

    private func observations(_ settlements: [Settlement]) -> [AlertObservation] {
        AlertObservation.of(settlements, at: start)
    }

    @Test func `nothing settled, nothing observed`() {
        #expect(observations([]).isEmpty)
    }

    @Test func `a delivery whose report has no time counts from when it was learnt`() {
        #expect(observations([settlement("a", to: .sent, code: "10000")]) == [.delivered(reportedAt: start)])
    }

    @Test func `reported dead letters are counted by class and code`() {
        let all = observations([
            settlement("a", .reported, code: "23001", reported: 1),
            settlement("b", .reported, code: "23003", reported: 1),
            settlement("c", .reported, code: "99999"),
        ])
        let tally = ["recipient": 2, "23001": 1, "23003": 1, "unknown": 1, "99999": 1]
        let keys = ["a", "b", "c"].map { MessageKey($0) }
        #expect(all == [.occurred(.deadLetters, AlertOccurrence(count: 3, examples: keys, tally: tally))])
    }

    @Test func `given up messages are counted by reason`() {
        let all = observations([settlement("a", .stale), settlement("b", .uncertain), settlement("c", .unverifiable)])
        let keys = ["a", "b", "c"].map { MessageKey($0) }
        let tally = ["stale": 1, "uncertain": 1, "unverifiable": 1]
        #expect(all == [.occurred(.staleMessages, AlertOccurrence(count: 3, examples: keys, tally: tally))])
    }

    @Test func `a stale dead letter for which the provider then reports a failure is not counted again`() {
        #expect(observations([settlement("a", from: .deadLetter, .reported, code: "23001")]).isEmpty)
    }

    @Test func `a dead letter that was delivered is a late report`() {
        let all = observations([settlement("a", from: .deadLetter, to: .sent, code: "10000", reported: 9)])
        #expect(
            all == [
                .delivered(reportedAt: .after(.seconds(9))),
                .occurred(.lateReports, AlertOccurrence(count: 1, examples: [MessageKey("a")])),
            ])
    }

    @Test func `five hundred refusals in a row are one observation, with ten examples and the latest report time`() {
        let all = observations((0..<500).map { settlement("k\($0)", .reported, code: "64008", reported: 499 - $0) })
        guard case .refused(.accountRefused, accountCode, let occurrence, let reportedAt) = all.first else {
            Issue.record("no refusal: \(all)")
            return
        }
        #expect(all.count == 2)
        #expect(occurrence.count == 500)
        #expect(occurrence.examples.count == 10)
        #expect(reportedAt == .after(.seconds(499)))
    }

    @Test func `refusals and deliveries keep their order; class sender is an alert of its own`() {
        let all = observations([
            settlement("a", .reported, code: "64008", reported: 1),
            settlement("b", to: .sent, code: "10000", reported: 2),
            settlement("c", to: .sent, code: "10000", reported: 5),
            settlement("d", to: .sent, code: "10000", reported: 3),
            settlement("e", .reported, code: "73006"),
        ])
        #expect(
            all.prefix(3) == [
                .refused(
                    .accountRefused, accountCode, AlertOccurrence(count: 1, examples: [MessageKey("a")]),
                    reportedAt: .after(.seconds(1))),
                .delivered(reportedAt: .after(.seconds(5))),
                .refused(
                    .senderRefused, ReportCode("73006")!, AlertOccurrence(count: 1, examples: [MessageKey("e")]),
                    reportedAt: start),
            ])
    }
}
