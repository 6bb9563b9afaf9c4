internal import Engine
internal import Reconciliation

/// The body of a Slack incoming webhook.
///
/// Slack, Mattermost and Discord agree on `text` and on attachments with `color` (as `#rrggbb`), `fallback` and `text`;
/// their attachment fields differ in the names of the keys (Discord's schema says `name` where Slack says `title`), so
/// there are none.
struct SlackMessage: Encodable {
    struct Attachment: Encodable {
        var color: String
        var fallback: String
        var text: String
    }

    var text: String
    var attachments: [Attachment]

    private static let examples = 3

    init(_ notification: Notification) {
        let wording = notification.wording
        var lines = [notification.summary]
        let examples = notification.examples.prefix(Self.examples).map(\.text)
        if !examples.isEmpty { lines.append(wording.examples(examples.joined(separator: ", "))) }
        lines.append(
            wording.origin(since: notification.since, host: notification.host, version: notification.version))
        text = Self.escape(Headline.text(notification))
        attachments = [
            Attachment(
                color: Headline.color(notification), fallback: Self.escape(notification.summary),
                text: lines.map(Self.escape).joined(separator: "\n"))
        ]
    }

    /// Slack's three control characters: without them no link, no mention and no channel can be made.
    static func escape(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

/// The body of JANDI's incoming webhook (support.jandi.com, "Incoming Webhook"): `body` is the message itself,
/// `connectInfo` what stands beside the coloured bar below it.
struct JandiMessage: Encodable {
    struct Information: Encodable {
        var title: String
        var description: String
    }

    var body: String
    var connectColor: String
    var connectInfo: [Information]

    private static let examples = 3

    init(_ notification: Notification) {
        let wording = notification.wording
        let examples = notification.examples.prefix(Self.examples).map(\.text)
        let origin = wording.origin(
            since: notification.since, host: notification.host, version: notification.version)
        let below = examples.isEmpty ? [origin] : [wording.examples(examples.joined(separator: ", ")), origin]
        body = Self.plain(Headline.text(notification))
        connectColor = Headline.color(notification)
        connectInfo = [
            Information(
                title: Self.plain(notification.summary), description: below.map(Self.plain).joined(separator: "\n"))
        ]
    }

    /// JANDI makes a link of `[words](address)` and has no escape for it: a space between the two keeps it text.
    static func plain(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            if character == "(", result.unicodeScalars.last == "]" { result += " " }
            result.unicodeScalars.append(character)
        }
        return result
    }
}

/// What a phone shows before it is unlocked: `FIRING critical: AccountRefused (code 64008), 500 messages`. Made of
/// words of ours alone: what comes from outside stands below it, where it cannot mention anybody.
enum Headline {
    static func text(_ notification: Notification) -> String {
        let wording = notification.wording
        let labels = notification.labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        var text = wording.state(notification.state)
        if notification.state == .firing { text += " \(notification.severity.rawValue)" }
        text += ": \(notification.name)"
        if !labels.isEmpty { text += " (\(labels.joined(separator: ", ")))" }
        if notification.count > 1, AlertName(rawValue: notification.name)?.countsMessages != false {
            text += ", \(wording.messages(notification.count))"
        }
        return text
    }

    /// As `#rrggbb`.
    static func color(_ notification: Notification) -> String {
        guard notification.state == .firing else { return "#2e7d32" }
        return switch notification.severity {
        case .critical: "#b71c1c"
        case .error: "#e53935"
        case .warning: "#f9a825"
        case .info: "#1e88e5"
        }
    }
}
