internal import Engine
internal import Reconciliation

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
