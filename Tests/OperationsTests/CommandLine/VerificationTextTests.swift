import Ledger
import Reconciliation
import Testing

@testable import Operations

/// What `verify` and `ask` say.
@Suite struct VerificationTextTests {
    private static let seoul = Zone(secondsEastOfUTC: 9 * 3600)

    private func span(_ listed: [Difference], found: Int? = nil) -> VerifiedSpan {
        VerifiedSpan(
            checked: 1_234, requests: 2, isComplete: true, found: found ?? listed.count, listed: listed)
    }

    private let listed = [
        Difference(
            .falseSent, MessageKey("a"), rowStatus: .sent, code: ReportCode("64008"),
            acceptedAt: Timestamp(seconds: 1_800_000_000)),
        Difference(.missingRow, MessageKey("line\nend"), rowStatus: nil, code: nil, acceptedAt: nil),
    ]

    @Test("nothing that differs is one line")
    func nothing() {
        #expect(
            VerifiedText.lines(span([]), in: Self.seoul) == ["1,234 messages checked by 2 requests: nothing differs"])
    }

    @Test("each difference is a line, whatever is in its key, in the zone of the people")
    func lines() {
        let lines = VerifiedText.lines(span(listed), in: Self.seoul)
        #expect(lines.count == 4)
        #expect(lines[1].contains("2027-01-15 17:00:00 +09:00"))
        #expect(lines.allSatisfy { !$0.contains("\n") })
        #expect(lines.last == "1,234 messages checked by 2 requests: 2 differ")
    }

    @Test("of very many the first are listed, and that is said")
    func many() {
        let lines = VerifiedText.lines(span(listed, found: 250_000), in: Self.seoul)
        #expect(lines.last == "1,234 messages checked by 2 requests: 250,000 differ; listed are 2")
    }

    @Test("as JSON it is what is promised, times in UTC")
    func json() {
        #expect(
            VerifiedText.json(span(listed)).text
                == #"{"checked":1234,"requests":2,"differences":["#
                + #"{"kind":"false_sent","msg_key":"a","row_status":"sent","report_code":"64008","#
                + #""accepted_at":"2027-01-15T08:00:00Z"},"#
                + #"{"kind":"missing_row","msg_key":"line\nend","row_status":null,"report_code":null,"accepted_at":null}]}"#
        )
    }

    @Test("what was asked is told of each, also where its row has gone meanwhile")
    func asked() throws {
        let code = try #require(ReportCode("64008"))
        let answers: [AskedMessage.Answer] = [.delivered, .failed(code), .noReportYet, .unanswered("HTTP 503")]
        let asked = answers.map { AskedMessage(MessageKey("tab\there"), $0) }
        let lines = AskedText.lines(asked, [:])
        #expect(lines.count == 5)
        #expect(lines[1].hasSuffix("delivered"))
        #expect(lines[2].contains("failed: 64008"))
        #expect(lines[3].hasSuffix("no report yet"))
        #expect(lines[4].hasSuffix("not answered: HTTP 503"))
        #expect(
            AskedText.json([asked[1]], [:]).text
                == #"[{"msg_key":"tab\there","answer":"failed","answer_code":"64008","error":null}]"#)
    }
}
