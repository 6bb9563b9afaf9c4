package import Engine
package import Reconciliation

/// An alert that fires.
struct AlertMeaning {
    /// What happened, and what it means.
    var what: String
    /// What to do first.
    var first: String
}

/// One language: every word that people read of an alert. Names, codes, keys and commands are the same in all.
///
/// Texts hold counts, reasons and codes; nothing the provider worded but a condition's detail, made safe.
protocol Wording: Sendable {
    /// - Parameter most: how many reasons, and how many codes, may be named.
    func firing(_ alert: Alert, most: Int) -> AlertMeaning

    /// What stands before the first thing to do.
    var whatToDo: String { get }

    /// Of the times in all texts.
    var zone: Zone { get }

    /// That it is over, and what it was.
    func resolved(_ alert: Alert, most: Int) -> String

    /// Follows the text of one that began and ended before it was told.
    var overByNow: String { get }

    /// Of a test.
    var test: String { get }

    /// What a phone shows before it is unlocked, `state: name (labels), messages`, is made of these.
    func state(_ state: Alert.State) -> String
    func messages(_ count: Int) -> String

    func examples(_ list: String) -> String
    func origin(since: Timestamp, host: String, version: String) -> String
}

extension AlertLanguage {
    func wording(_ zone: Zone) -> any Wording {
        switch self {
        case .english: English(zone: zone)
        case .korean: Korean(zone: zone)
        }
    }
}

extension Notification {
    var wording: any Wording { language.wording(zone) }
}

extension AlertLanguage {
    /// What sinks are told of an alert that fires, where there is room for all of it: what happened and what it means,
    /// and what to do first.
    /// - Parameter zone: of the times in it.
    package func meaning(of alert: Alert, in zone: Zone) -> (what: String, first: String) {
        let wording = wording(zone)
        let meaning = wording.firing(alert, most: 5)
        return (meaning.what, wording.whatToDo + meaning.first)
    }
}

/// What people are told, short enough for a phone at night.
enum Summaries {
    static let maximumCharacters = 400
    private static let mostOfAKind = 3

    /// As many counts as leave room for what to do.
    /// - Parameter zone: of the times in it.
    static func text(
        _ alert: Alert, _ kind: NotificationKind, in language: AlertLanguage, _ zone: Zone = .utc
    ) -> String {
        let wording = language.wording(zone)
        let isOver = kind != .resolved && !alert.isFiring
        let tail = isOver ? wording.overByNow : ""
        let room = maximumCharacters - tail.count
        let texts = (1...mostOfAKind).reversed().lazy.map { most in
            kind == .resolved ? wording.resolved(alert, most: most) : firing(alert, most: most, wording)
        }
        return (texts.first { $0.count <= room } ?? cut(texts.last ?? "", to: room)) + tail
    }

    private static func firing(_ alert: Alert, most: Int, _ wording: any Wording) -> String {
        let meaning = wording.firing(alert, most: most)
        return "\(meaning.what) \(wording.whatToDo)\(meaning.first)"
    }

    private static func cut(_ text: String, to room: Int) -> String {
        text.count > room ? text.prefix(room - 1) + "…" : text
    }
}

/// Foreign text, as any language writes them.
enum Readable {
    private static let longestDetail = 100
    private static let longestName = 40

    /// Whether it was over within a minute, of which minutes say nothing.
    static func wasBrief(_ alert: Alert) -> Bool {
        (alert.resolvedAt ?? alert.lastEventAt) - alert.since < .seconds(60)
    }

    /// A condition's detail without anything that could be a telephone number; nil when there is none.
    static func detail(_ alert: Alert) -> String? {
        guard let detail = alert.detail.map(Redaction.clean), !detail.isEmpty else { return nil }
        return shortened(detail, to: longestDetail)
    }

    /// The sink that a `SinkFailing` is about.
    static func sink(_ alert: Alert) -> String {
        shortened(alert.identity.labels["sink"] ?? "?", to: longestName)
    }

    private static func shortened(_ text: String, to most: Int) -> String {
        text.count > most ? text.prefix(most - 1) + "…" : text
    }
}

/// An alert's counts, the most frequent of a kind first, taken apart so that each language can name them.
struct Tally {
    /// Why messages became dead letters: a class or a reason, in the words of the audit.
    private(set) var reasons: [(name: String, count: Int)] = []
    /// Report codes.
    private(set) var codes: [(name: String, count: Int)] = []

    init(_ tally: [String: Int]) {
        for (name, count) in tally.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            if Self.isReason(name) {
                reasons.append((name, count))
            } else if ReportCode(name)?.isPresentable == true {
                codes.append((name, count))
            }
        }
    }

    /// `recipient 80, content 12, …`
    /// - Parameter most: how many are named.
    static func list(_ counts: [(name: String, count: Int)], most: Int, _ words: (String) -> String) -> String {
        var parts = counts.prefix(most).map { "\(words($0.name)) \(NumberText.grouped($0.count))" }
        if counts.count > most { parts.append("…") }
        return parts.joined(separator: ", ")
    }

    private static func isReason(_ key: String) -> Bool {
        ReportClass(rawValue: key) != nil || DeadLetterReason(rawValue: key) != nil
    }
}
