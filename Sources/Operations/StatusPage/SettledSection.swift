internal import Engine
internal import Reconciliation

/// What the reconciler settled, hour by hour: a chart, and the same as tables.
enum SettledSection {
    static func markup(_ counts: [SettledCount], _ report: StatusReport) -> Markup {
        let clock = report.clock
        let hours = SettledHours(counts, at: report.generatedAt, clock)
        guard hours.total > 0 else {
            return section("<p>Nothing in the last \(StatusFigures.days) days.</p>\n")
        }
        return section(
            """
            <p>By the reconciler itself; what webhooks settled is not in it (see below).</p>
            \(SettledChart(hours: hours, clock: clock).markup)\(days(hours))\(details(hours, clock))
            """)
    }

    private static func section(_ body: Markup) -> Markup {
        StatusPage.section("settled", "Settled per hour, last \(StatusFigures.days) days", body)
    }

    private static func days(_ hours: SettledHours) -> Markup {
        let rows = hours.days.reversed().map { day in row(PageText.day(day.day), day.counts, hours) }
        return table("Messages settled, by day", "Day", rows, hours)
    }

    private static func details(_ hours: SettledHours, _ clock: PageClock) -> Markup {
        let rows = hours.hours.reversed().filter { $0.counts.reduce(0, +) > 0 }
            .map { row(clock.hour($0.hour), $0.counts, hours) }
        return """
            <details><summary>Hour by hour</summary>
            \(table("Messages settled, by hour", "Hour", rows, hours))</details>

            """
    }

    private static func row(_ name: Markup, _ counts: [Int], _ hours: SettledHours) -> [Markup] {
        [name] + hours.series.map { "\(counts[$0.rawValue])" } + ["\(counts.reduce(0, +))"]
    }

    private static func table(_ caption: String, _ first: String, _ rows: [[Markup]], _ hours: SettledHours) -> Markup {
        PageTable(
            caption: caption, columns: [.text(first)] + hours.series.map { .number($0.name) } + [.number("Total")],
            rows: rows
        ).markup
    }
}
