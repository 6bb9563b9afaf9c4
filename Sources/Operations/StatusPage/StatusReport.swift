package import Engine
package import Reconciliation

/// All that is on a status page.
package struct StatusReport: Sendable {
    package enum Content: Sendable {
        case figures(StatusFigures)
        /// The store cannot be read: why.
        case unreadable(String)
    }

    /// Who made the page.
    package enum Origin: Sendable {
        /// The daemon, which will make it anew.
        case daemon
        /// `report`, once.
        case command
    }

    package var content: Content
    package var generatedAt: Timestamp
    package var origin: Origin
    package var host: String
    package var version: String
    package var database: String
    /// Between cycles.
    package var interval: Duration
    /// What an alert means, and what to do first, in the language of alerts. Its own words may hold times.
    package var meaning: @Sendable (Alert) -> (what: String, first: String)
    /// Of those texts: `en`, `ko`.
    package var language: String
    /// Of the times in those texts, and so of all on the page.
    package var zone: Zone

    package init(
        content: Content, generatedAt: Timestamp, origin: Origin, host: String, version: String, database: String,
        interval: Duration, language: String, zone: Zone,
        meaning: @escaping @Sendable (Alert) -> (what: String, first: String)
    ) {
        self.content = content
        self.generatedAt = generatedAt
        self.origin = origin
        self.host = host
        self.version = version
        self.database = database
        self.interval = interval
        self.language = language
        self.zone = zone
        self.meaning = meaning
    }

    /// As long as a cycle may be overdue; but the page is not written every second.
    package static func patience(_ interval: Duration) -> Duration {
        max(OverdueCycle.patience(interval), .seconds(300))
    }

    var clock: PageClock { PageClock(zone: zone) }

    var staleAt: Timestamp { generatedAt + Self.patience(interval) }
}
