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
            .sinkFailing: ["sink": String(repeating: "0", count: 300)],
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

    @Test(arguments: AlertName.allCases, AlertLanguage.allCases)
    func `every alert says enough in four hundred characters`(name: AlertName, language: AlertLanguage) {
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
        "--reason", "reported", "stale", "uncertain", "unverifiable", "stale_after", "requests_per_second", "url",
        "url_file", "argv", "type", "api", "report_method", "client_id", "webhook", "WEBHOOK", "POLLING", "A801",
    ]

    @Test(arguments: AlertName.allCases) func `Korean is Korean but for names and codes`(name: AlertName) {
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

    @Test(arguments: AlertName.allCases) func `English is English`(name: AlertName) {
        for kind in Self.kinds {
            for alert in Self.alerts(name, kind) {
                let text = Summaries.text(alert, kind, in: .english)
                #expect(text.unicodeScalars.allSatisfy { $0.isASCII || $0 == "…" }, "\(text)")
            }
        }
    }

    @Test(arguments: AlertLanguage.allCases)
    func `whatever went wrong with a sink, its own remedy is named`(language: AlertLanguage) {
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
