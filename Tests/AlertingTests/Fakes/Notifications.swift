import Engine
import Reconciliation

extension Notification {
    static func sample(
        _ kind: NotificationKind = .firing,
        identity: AlertIdentity = AlertIdentity(.accountRefused, labels: ["code": "64008"]),
        summary: String = "what happened", examples: [String] = ["key-1", "key-2"],
        language: AlertLanguage = .english
    ) -> Notification {
        Notification(
            identity: identity, kind: kind, summary: summary, count: 500, examples: examples.map { MessageKey($0) },
            since: Timestamp(milliseconds: 1_800_000_000_123), at: Timestamp(milliseconds: 1_800_000_060_000),
            host: "node-1", version: "1.2.3", language: language)
    }
}
