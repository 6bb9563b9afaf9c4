import Engine
import Reconciliation
import Testing

@testable import Alerting

/// What holds for every alert in every language.
struct LanguageTests {
    private static let since = Timestamp(seconds: 1_800_000_000)
    private static let kinds = [NotificationKind.firing, .repeated, .refreshed, .resolved]
    private static let longTally = Dictionary(
        uniqueKeysWithValues: ["recipient", "content", "transient", "expired", "50007", "23018", "23030", "stale"]
            .map { ($0, 1_000_000) })

    /// Every state in which an alert of that name is told, from the shortest texts to the longest.
    private static func alerts(_ name: AlertName, _ kind: NotificationKind) -> [Alert] {
        let labels: [AlertName: [String: String]] = [
            .accountRefused: ["code": "64008"], .senderRefused: ["code": "23019"],
            .sinkFailing: ["sink": String(repeating: "0", count: 300)], .failureRate: ["class": "recipient"],
        ]
        let causes = AlertCause.allCases + [nil]
        let details = [nil, String(repeating: "0 ", count: 150)]
        return [1, 9_999_999].flatMap { count in
            details.flatMap { detail in
                causes.flatMap { cause in
                    [true, false].map { isFiring in
                        var alert = Alert(
                            identity: AlertIdentity(name, labels: labels[name] ?? [:]), count: count,
                            examples: [MessageKey("EXAMPLE")],
                            tally: count == 1 ? ["recipient": 1, "23001": 1] : longTally, detail: detail, since: since)
                        alert.cause = cause
                        if kind == .resolved || !isFiring {
                            alert.state = .resolved
                            alert.resolvedAt = since + .seconds(count == 1 ? 3600 : 59)
                        }
                        return alert
                    }
                }
            }
        }
    }

    @Test("every alert says enough in four hundred characters", arguments: AlertName.allCases, AlertLanguage.allCases)
    func enough(name: AlertName, language: AlertLanguage) {
        for kind in Self.kinds {
            for alert in Self.alerts(name, kind) {
                let text = Summaries.text(alert, kind, in: language)
                #expect(text.count <= Summaries.maximumCharacters, "\(text.count): \(text)")
                #expect(text.count >= 25, "\(text)")
                #expect(!text.hasSuffix("…"), "cut off: \(text)")
                #expect(!text.contains("\n"))
                #expect(!text.contains("  "), "\(text)")
                #expect(!text.contains("EXAMPLE"))
                let whatToDo = language == .korean ? "조치: " : "First: "
                #expect(text.contains(whatToDo) == (kind != .resolved), "\(text)")
            }
        }
    }

    /// Names, commands, words of the configuration and codes: what an operator types or looks up as it is written.
    private static let names: Set<String> = [
        "Bizgo", "API", "IP", "NTP", "HTTP", "SENT", "bizgo-reconciler", "list", "check", "status", "alert-test",
        "--reason", "--status", "dead_letter", "reported", "stale", "uncertain", "unverifiable", "stale_after",
        "requests_per_second", "url", "url_file", "argv", "type", "api", "report_method", "client_id", "webhook",
        "WEBHOOK", "POLLING", "A801",
        "store", "statuses", "CHECK", "secret_files", "allow", "http", "trusted_proxies", "show", "PENDING", "verify",
        "ask",
    ]

    @Test("Korean is Korean but for names and codes", arguments: AlertName.allCases)
    func korean(name: AlertName) {
        for kind in Self.kinds {
            for alert in Self.alerts(name, kind) {
                let text = Summaries.text(alert, kind, in: .korean)
                #expect(Self.foreignWords(text).isEmpty, "\(Self.foreignWords(text)) in \(text)")
                #expect(text.unicodeScalars.contains { (0xac00...0xd7a3).contains($0.value) })
            }
        }
        #expect(Self.foreignWords(AlertLanguage.korean.wording(.utc).test).isEmpty)
        #expect(Self.foreignWords("이것은 test입니다") == ["test"], "the test can fail")
    }

    @Test("English is English", arguments: AlertName.allCases) func english(name: AlertName) {
        for kind in Self.kinds {
            for alert in Self.alerts(name, kind) {
                let text = Summaries.text(alert, kind, in: .english)
                #expect(text.unicodeScalars.allSatisfy { $0.isASCII || $0 == "…" }, "\(text)")
            }
        }
    }

    @Test("whatever went wrong with a sink, its own remedy is named", arguments: AlertLanguage.allCases)
    func remedies(language: AlertLanguage) {
        let causes = [nil, AlertCause.address, .key, .content, .program]
        let texts = causes.map { cause in
            var alert = Alert(
                identity: AlertIdentity(.sinkFailing, labels: ["sink": "slack"]), count: 1, since: Self.since)
            alert.cause = cause
            let text = Summaries.text(alert, .firing, in: language)
            return text.split(separator: language == .korean ? "조치: " : "First: ").last
        }
        #expect(Set(texts).count == causes.count)
    }

    private static func foreignWords(_ text: String) -> [String] {
        text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")) }
            .map(String.init).filter { word in word.contains(where: \.isLetter) && !names.contains(word) }
    }
}

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

    @Test("account refused: the code with its meaning, the count, since when, and what to do")
    func accountRefused() {
        let text = Summaries.text(alert(.accountRefused), .firing, in: .english)
        #expect(
            text.hasPrefix(
                "64008 (account has no usage permission): 500 messages refused since 2027-01-15 08:00 +00:00. "
                    + "Every message of this account is being refused; nobody receives anything. First: "))
    }

    @Test("dead letters: classes and codes, the most frequent first")
    func deadLetters() {
        let tally = ["recipient": 80, "content": 12, "23001": 50, "23003": 30, "23012": 12]
        let text = Summaries.text(alert(.deadLetters, count: 92, tally: tally), .firing, in: .english)
        #expect(
            text.hasPrefix(
                "92 messages failed since 2027-01-15 08:00 +00:00: recipient 80, content 12; codes "
                    + "23001 (number has no subscriber) 50, 23003 (recipient number malformed) 30, "
                    + "23012 (classed as spam) 12. "))
        #expect(text.count < Summaries.maximumCharacters)
    }

    @Test("stale messages: by reason")
    func stale() {
        let tally = ["stale": 5, "uncertain": 2, "unverifiable": 1]
        let text = Summaries.text(alert(.staleMessages, count: 8, tally: tally), .firing, in: .english)
        #expect(
            text.hasPrefix("8 messages given up since 2027-01-15 08:00 +00:00: stale 5, uncertain 2, unverifiable 1. "))
    }

    @Test("a code that could be anything is not repeated")
    func oddCode() {
        let tally = ["unknown": 3, String(repeating: "0", count: 11): 1, "a b<c>": 1, "88888": 1, "15880000": 1]
        let text = Summaries.text(alert(.deadLetters, count: 3, tally: tally), .firing, in: .english)
        #expect(text.contains("unknown 3; codes 88888 1."))
        #expect(!text.contains("0000"))
        #expect(!text.contains("<"))
    }

    @Test("a condition's detail is given, but no telephone number and no novel")
    func detail() {
        let detail = "HTTP 503 for 000-0000-0000 " + String(repeating: "x", count: 1000)
        let text = Summaries.text(alert(.providerUnreachable, detail: detail), .firing, in: .english)
        #expect(text.contains("HTTP 503"))
        #expect(!text.contains("0000"))
        #expect(text.count <= Summaries.maximumCharacters)
        #expect(text.contains("First: "), "what to do is not cut off")
    }

    @Test("rows that the table refuses are another trouble than a store that cannot be used")
    func rejectedRows() {
        var trouble = alert(.storeTrouble)
        trouble.cause = .rows
        for language in AlertLanguage.allCases {
            #expect(Summaries.text(trouble, .firing, in: language).contains("store.statuses"))
        }
        trouble.state = .resolved
        trouble.resolvedAt = since + .seconds(60)
        #expect(Summaries.text(trouble, .resolved, in: .english).hasPrefix("All rows of the message table can be"))
    }

    @Test(
        "a key that may not poll is told apart from one that may do nothing",
        arguments: [NotificationKind.firing, .resolved])
    func pollingKey(kind: NotificationKind) {
        var refused = alert(.providerRefused, detail: "whatever words there are")
        refused.cause = .polling
        if kind == .resolved { refused.resolvedAt = since + .seconds(60) }
        let text = Summaries.text(refused, kind, in: .english)
        #expect(text.contains("checked"))
        #expect(text.contains("one by one"))
        #expect(!text.contains("No message can be checked"))
        #expect((kind == .resolved) != text.contains("First: set the key's report method to POLLING"))
        #expect(text.count <= Summaries.maximumCharacters)
    }

    @Test("one that lasted under a minute names seconds, and a longer one does not", arguments: AlertLanguage.allCases)
    func brief(language: AlertLanguage) {
        var brief = alert(.storeTrouble)
        brief.state = .resolved
        for (seconds, isBrief) in [(0, true), (59, true), (60, false)] as [(Int64, Bool)] {
            brief.resolvedAt = since + .seconds(seconds)
            let text = Summaries.text(brief, .resolved, in: language)
            #expect(text.matches(of: /\d\d:\d\d:\d\d/).count == (isBrief ? 2 : 0), "\(text)")
            #expect(text.matches(of: /\d\d:\d\d/).count >= 2)
        }
    }

    @Test("one that is over before it is told says so")
    func overBefore() {
        var over = alert(.accountRefused)
        over.state = .resolved
        over.resolvedAt = since + .seconds(60)
        #expect(Summaries.text(over, .firing, in: .english).hasSuffix(" (Over by now.)"))
        #expect(!Summaries.text(over, .resolved, in: .english).contains("Over by now"))
    }

    @Test("numbers can be read")
    func numbers() {
        let many = alert(.deadLetters, count: 12_345, tally: ["recipient": 12_345])
        let text = Summaries.text(many, .firing, in: .korean, Zone(secondsEastOfUTC: 9 * 3600))
        #expect(text.hasPrefix("2027-01-15 17:00 +09:00부터 메시지 12,345건이 실패했습니다: 수신자 12,345. "))
    }

    @Test("Korean names classes and reasons in Korean")
    func koreanReasons() {
        let tally = ["recipient": 80, "content": 12, "23001": 50]
        let failed = Summaries.text(alert(.deadLetters, count: 92, tally: tally), .resolved, in: .korean)
        #expect(failed.hasSuffix("실패했습니다: 수신자 80, 내용 12 / 코드 23001(수신자) 50."))
        let given = Summaries.text(
            alert(.staleMessages, count: 8, tally: ["stale": 5, "uncertain": 2, "unverifiable": 1]), .firing,
            in: .korean)
        #expect(given.contains("기한 경과 5, 결과 불명 2, 확인 불가 1."))
    }
}
