internal import Engine
internal import Reconciliation

/// The body of an incoming webhook.
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
