internal import Engine
internal import Reconciliation

/// The four numbers that a phone shows without scrolling.
enum OverviewSection {
    static func markup(_ figures: StatusFigures, at now: Timestamp) -> Markup {
        let pending = figures.pending
        let day = (now - .seconds(86_400)).hour
        let settled = figures.settled.filter { $0.hour > day }.reduce(0) { $0 + $1.count }
        let tiles: [(String, Markup)] = [
            ("Alerts firing", "\(figures.firing.count)"),
            ("Messages pending", "\(own: pending.isCutShort ? "over " : "")\(pending.total)"),
            ("Oldest pending", pending.oldest.map { "\(own: PageText.duration($0))" } ?? "–"),
            ("Settled in 24 h", "\(settled)"),
            ("Provider", figures.provider.map { "\(own: ProviderSection.word($0.state))" } ?? "–"),
            ("Last success", figures.lastSuccessAt.map { "\(own: PageText.duration(now - $0)) ago" } ?? "–"),
        ]
        let list = tiles.map { tile -> Markup in "<div><dt>\(tile.0)</dt><dd>\(tile.1)</dd></div>\n" }
        return StatusPage.section("overview", "At a glance", "<dl class=\"tiles\">\n\(list)</dl>\n")
    }
}
