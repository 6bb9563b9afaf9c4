import Reconciliation
import Testing

/// Errands and their results as texts of the table, and back.
@Suite struct ErrandTests {
    private static let odd = [
        "20261129AAAA001", "tab\there", "line\nend", "\r", "carriage\r", "\r\nboth", "back\\slash", "\\n", "\\", "é",
        " ",
        "\u{0}", "열쇠",
    ]

    private func reread(_ errand: Errand) -> Errand? { Errand(errand.kind, subject: errand.subject) }

    private func reread(_ result: ErrandResult, of errand: Errand) -> ErrandResult? {
        ErrandResult(of: errand, result.text)
    }

    @Test("any keys, as many as there are, come back as they were")
    func keys() {
        for errand in [Errand.ask(Self.odd.map { MessageKey($0) }), .ask([]), .ask([MessageKey("one")])] {
            #expect(reread(errand) == errand)
        }
        let thousands = Errand.ask((0..<5_000).map { MessageKey("K\($0)") })
        #expect(reread(thousands) == thousands)
    }

    @Test("so does each answer")
    func answers() throws {
        let code = try #require(ReportCode("64008"))
        let answers: [AskedMessage.Answer] = [.delivered, .failed(code), .noReportYet, .unanswered("HTTP 503")]
        for key in Self.odd {
            let result = ErrandResult.asked(answers.map { AskedMessage(MessageKey(key), $0) })
            #expect(reread(result, of: .ask([])) == result)
        }
        #expect(reread(.asked([]), of: .ask([])) == .asked([]))
    }

    @Test("so does what a verification found")
    func verified() throws {
        let kinds: [(Difference.Kind, RowStatus?, String?, Timestamp?)] = [
            (.falseSent, .sent, "64008", Timestamp(seconds: 1_800_000_000)), (.missingRow, nil, nil, nil),
            (.healed, .deadLetter, "10000", Timestamp(milliseconds: -1)),
        ]
        let listed = Self.odd.flatMap { key in
            kinds.map { kind, status, code, time in
                Difference(
                    kind, MessageKey(key), rowStatus: status, code: code.flatMap { ReportCode($0) }, acceptedAt: time)
            }
        }
        for isComplete in [true, false] {
            let result = ErrandResult.verified(
                VerifiedSpan(checked: 12, requests: 3, isComplete: isComplete, found: 1_000_000, listed: listed))
            #expect(reread(result, of: .verify(Timestamp(seconds: 0)..<Timestamp(seconds: 1))) == result)
        }
    }

    @Test("so does a span")
    func spans() {
        let span = Timestamp(milliseconds: -5)..<Timestamp(seconds: 1_800_000_000)
        #expect(reread(.verify(span)) == .verify(span))
    }

    @Test(
        "what is none is none, however it is damaged",
        arguments: [
            "", "1", "1 2 3", "2 1", "a b", "9223372036854775807 9223372036854775807",
            "-9223372036854775808 9223372036854775807", "1e300 2", "99999999999999999999 99999999999999999999",
        ])
    func damagedSpans(_ subject: String) {
        #expect(Errand(.verify, subject: subject) == nil)
    }

    @Test("of a damaged result what can be read is read, and numbers that cannot be are none")
    func damagedResults() {
        let verify = Errand.verify(Timestamp(seconds: 0)..<Timestamp(seconds: 1))
        for text in ["", "1\t2\ttrue\n", "a\tb\ttrue\tc\n", "99999999999999999999\t1\ttrue\t1\n"] {
            #expect(ErrandResult(of: verify, text) == nil)
        }
        let far = ErrandResult(of: verify, "1\t1\ttrue\t1\nhealed\tk\tsent\t10000\t9223372036854775807\n")
        guard case .verified(let span)? = far else {
            Issue.record("it cannot be read at all")
            return
        }
        #expect(span.listed.map(\.acceptedAt) == [nil])
        #expect(
            ErrandResult(of: .ask([]), "k\n\nk\tnonsense\nk\tfailed\nk\tdelivered\n")
                == .asked([AskedMessage(MessageKey("k"), .delivered)]))
    }
}
