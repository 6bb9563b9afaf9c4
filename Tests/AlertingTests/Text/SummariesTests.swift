import Engine
import Reconciliation
import Testing

@testable import Alerting

struct SummariesTests {
    private let since = Timestamp(seconds: 1_800_000_000)

    private func alert(_ name: AlertName, count: Int = 500, tally: [String: Int] = [:], detail: String? = nil) -> Alert
    {
        let labels: [String: String] =
            switch name {
            case .accountRefused: ["code": "64008"]
            case .senderRefused: ["code": "73006"]
            case .sinkFailing: ["sink": "slack"]
            default: [:]
            }
        return Alert(
            identity: AlertIdentity(name, labels: labels), count: count, examples: [MessageKey("EXAMPLE")],
            tally: tally, detail: detail, since: since)
    }

    @Test func `account refused: the code with its meaning, the count, since when, and what to do`() {
        let text = Summaries.text(alert(.accountRefused), .firing, in: .english)
        #expect(
            text.hasPrefix(
                "64008 (account has no usage permission): 500 messages refused since 2027-01-15 08:00 +00:00. "
                    + "Every message of this account is being refused; nobody receives anything. First: "))
    }

    @Test func `dead letters: classes and codes, the most frequent first`() {
        let tally = ["recipient": 80, "content": 12, "23001": 50, "23003": 30, "23012": 12]
        let text = Summaries.text(alert(.deadLetters, count: 92, tally: tally), .firing, in: .english)
        #expect(
            text.hasPrefix(
                "92 messages failed since 2027-01-15 08:00 +00:00: recipient 80, content 12; codes "
                    + "23001 (number has no subscriber) 50, 23003 (recipient number malformed) 30, "
                    + "23012 (classed as spam) 12. "))
        #expect(text.count < Summaries.maximumCharacters)
    }

    @Test func `stale messages: by reason`() {
        let tally = ["stale": 5, "uncertain": 2, "unverifiable": 1]
        let text = Summaries.text(alert(.staleMessages, count: 8, tally: tally), .firing, in: .english)
        #expect(
            text.hasPrefix("8 messages given up since 2027-01-15 08:00 +00:00: stale 5, uncertain 2, unverifiable 1. "))
    }

    @Test func `a code that could be anything is not repeated`() {
        let tally = ["unknown": 3, String(repeating: "0", count: 11): 1, "a b<c>": 1, "88888": 1, "15880000": 1]
        let text = Summaries.text(alert(.deadLetters, count: 3, tally: tally), .firing, in: .english)
        #expect(text.contains("unknown 3; codes 88888 1."))
        #expect(!text.contains("0000"))
        #expect(!text.contains("<"))
    }

    @Test func `a condition's detail is given, but no telephone number and no novel`() {
        let detail = "HTTP 503 for 000-0000-0000 " + String(repeating: "x", count: 1000)
        let text = Summaries.text(alert(.providerUnreachable, detail: detail), .firing, in: .english)
        #expect(text.contains("HTTP 503"))
        #expect(!text.contains("0000"))
        #expect(text.count <= Summaries.maximumCharacters)
        #expect(text.contains("First: "), "what to do is not cut off")
    }

    @Test func `rows that the table refuses are another trouble than a store that cannot be used`() {
        var trouble = alert(.storeTrouble)
        trouble.detail = Refusals(count: 1, examples: [MessageKey("K1")], reason: "CHECK failed").error.message
        for language in AlertLanguage.allCases {
            #expect(Summaries.text(trouble, .firing, in: language).contains("store.statuses"))
        }
        trouble.state = .resolved
        trouble.resolvedAt = since + .seconds(60)
        #expect(Summaries.text(trouble, .resolved, in: .english).hasPrefix("All rows of the message table can be"))
    }

    @Test(arguments: [NotificationKind.firing, .resolved])
    func `a key that may not poll is told apart from one that may do nothing`(kind: NotificationKind) {
        var refused = alert(.providerRefused, detail: "whatever words there are")
        refused.cause = .polling
        if kind == .resolved { refused.resolvedAt = since + .seconds(60) }
        let text = Summaries.text(refused, kind, in: .english)
        #expect(text.contains("checked") && text.contains("one by one"))
        #expect(!text.contains("No message can be checked"))
        #expect((kind == .resolved) != text.contains("First: set the key's report method to POLLING"))
        #expect(text.count <= Summaries.maximumCharacters)
    }

    @Test(arguments: AlertLanguage.allCases)
    func `one that lasted under a minute names seconds, and a longer one does not`(language: AlertLanguage) {
        var brief = alert(.storeTrouble)
        brief.state = .resolved
        for (seconds, isBrief) in [(0, true), (59, true), (60, false)] as [(Int64, Bool)] {
            brief.resolvedAt = since + .seconds(seconds)
            let text = Summaries.text(brief, .resolved, in: language)
            #expect(text.matches(of: /\d\d:\d\d:\d\d/).count == (isBrief ? 2 : 0), "\(text)")
            #expect(text.matches(of: /\d\d:\d\d/).count >= 2)
        }
    }

    @Test func `one that is over before it is told says so`() {
        var over = alert(.accountRefused)
        over.state = .resolved
        over.resolvedAt = since + .seconds(60)
        #expect(Summaries.text(over, .firing, in: .english).hasSuffix(" (Over by now.)"))
        #expect(!Summaries.text(over, .resolved, in: .english).contains("Over by now"))
    }

    @Test func `numbers can be read`() {
        let many = alert(.deadLetters, count: 12_345, tally: ["recipient": 12_345])
        let text = Summaries.text(many, .firing, in: .korean, Zone(secondsEastOfUTC: 9 * 3600))
        #expect(text.hasPrefix("2027-01-15 17:00 +09:00부터 메시지 12,345건이 실패했습니다: 수신자 12,345. "))
    }

    @Test func `Korean names classes and reasons in Korean`() {
        let tally = ["recipient": 80, "content": 12, "23001": 50]
        let failed = Summaries.text(alert(.deadLetters, count: 92, tally: tally), .resolved, in: .korean)
        #expect(failed.hasSuffix("실패했습니다: 수신자 80, 내용 12 / 코드 23001(수신자) 50."))
        let given = Summaries.text(
            alert(.staleMessages, count: 8, tally: ["stale": 5, "uncertain": 2, "unverifiable": 1]), .firing,
            in: .korean)
        #expect(given.contains("기한 경과 5, 결과 불명 2, 확인 불가 1."))
    }
}
