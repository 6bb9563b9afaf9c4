internal import Reconciliation

/// What people are told, short enough for a phone at night: what happened, what it means, what to do first. Holds
/// counts, reasons and codes with our own words for them; nothing the provider worded.
enum Summaries {
    static let maximumCharacters = 400
    static let overByNow = " (Over by now.)"
    private static let maximumDetail = 100

    static func english(_ alert: Alert, _ kind: NotificationKind) -> String {
        let text = kind == .resolved ? resolved(alert) : firing(alert)
        guard text.count > maximumCharacters else { return text }
        return text.prefix(maximumCharacters - 1) + "…"
    }

    private static func firing(_ alert: Alert) -> String {
        let text =
            switch alert.identity.name {
            case .accountRefused, .senderRefused, .deadLetters, .staleMessages, .lateReports: firingOfMessages(alert)
            default: firingOfCondition(alert)
            }
        return alert.isFiring ? text : text + overByNow
    }

    private static func resolved(_ alert: Alert) -> String {
        switch alert.identity.name {
        case .accountRefused, .senderRefused, .deadLetters, .staleMessages, .lateReports: resolvedOfMessages(alert)
        default: resolvedOfCondition(alert)
        }
    }

    /// `500 messages`
    static func messages(_ count: Int) -> String {
        count == 1 ? "1 message" : "\(count) messages"
    }

    /// `2026-11-23 17:43 UTC`
    static func time(_ time: Timestamp) -> String {
        let text = time.iso8601()
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }

    /// `: HTTP 503`, or nothing.
    static func detail(_ alert: Alert) -> String {
        guard let detail = alert.detail.map(SafeText.clean), !detail.isEmpty else { return "" }
        return detail.count > maximumDetail ? " (\(detail.prefix(maximumDetail - 1))…)" : " (\(detail))"
    }

    /// `from … to …`
    static func span(_ alert: Alert) -> String {
        "from \(time(alert.since)) to \(time(alert.resolvedAt ?? alert.lastEventAt))"
    }
}
