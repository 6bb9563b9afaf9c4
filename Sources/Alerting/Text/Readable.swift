internal import Engine
internal import Reconciliation

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
        guard let detail = alert.detail.map(SafeText.clean), !detail.isEmpty else { return nil }
        return shortened(detail, to: longestDetail)
    }

    /// Rows that the table refuses to have changed, not the database as a whole.
    static func isAboutRows(_ alert: Alert) -> Bool {
        alert.identity.name == .storeTrouble && alert.detail?.contains(Refusals.words) == true
    }

    /// The sink that a `SinkFailing` is about.
    static func sink(_ alert: Alert) -> String {
        shortened(alert.identity.labels["sink"] ?? "?", to: longestName)
    }

    private static func shortened(_ text: String, to most: Int) -> String {
        text.count > most ? text.prefix(most - 1) + "…" : text
    }
}
