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
        let headline = Self.headline(notification)
        let summary = Self.escape(notification.summary)
        var lines = [summary]
        let examples = notification.examples.prefix(Self.examples).map { Self.escape($0.text) }
        if !examples.isEmpty { lines.append("Examples: " + examples.joined(separator: ", ")) }
        lines.append(
            "Since \(notification.since.iso8601()) on \(Self.escape(notification.host)), "
                + "bizgo-reconciler \(Self.escape(notification.version))")
        text = headline
        attachments = [
            Attachment(color: Self.color(notification), fallback: summary, text: lines.joined(separator: "\n"))
        ]
    }

    /// What a phone shows before it is unlocked: `FIRING critical: AccountRefused (code 64008), 500 messages`. Made of
    /// words of ours alone: what comes from outside stands in the attachment, where it cannot mention anybody.
    private static func headline(_ notification: Notification) -> String {
        let labels = notification.identity.labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let state = notification.state == .firing ? "FIRING \(notification.severity.rawValue)" : "RESOLVED"
        var text = "\(state): \(notification.identity.name.rawValue)"
        if !labels.isEmpty { text += " (\(labels.joined(separator: ", ")))" }
        if notification.count > 1 { text += ", \(notification.count) messages" }
        return escape(text)
    }

    private static func color(_ notification: Notification) -> String {
        guard notification.state == .firing else { return "#2e7d32" }
        return switch notification.severity {
        case .critical: "#b71c1c"
        case .error: "#e53935"
        case .warning: "#f9a825"
        case .info: "#1e88e5"
        }
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
