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

/// Counts in the order of time, hours without any included.
struct SettledHours {
    /// Source and outcome, in the order in which they are stacked.
    enum Series: Int, CaseIterable {
        case sentByAsking
        case sentByPolling
        case late
        case deadByAsking
        case deadByPolling
        case sentByWebhook
        case deadByWebhook

        init(_ count: SettledCount) {
            self =
                switch (count.outcome, count.source) {
                case (.sent, .inquiry): .sentByAsking
                case (.sent, .polling): .sentByPolling
                case (.sent, .webhook): .sentByWebhook
                case (.late, _): .late
                case (.deadLetter, .inquiry): .deadByAsking
                case (.deadLetter, .polling): .deadByPolling
                case (.deadLetter, .webhook): .deadByWebhook
                }
        }

        var name: String {
            switch self {
            case .sentByAsking: "Sent, found by asking"
            case .sentByPolling: "Sent, fetched by polling"
            case .sentByWebhook: "Sent, taken as a webhook"
            case .late: "Late: dead letter, then sent"
            case .deadByAsking: "Dead letter, found by asking"
            case .deadByPolling: "Dead letter, fetched by polling"
            case .deadByWebhook: "Dead letter, taken as a webhook"
            }
        }
    }

    struct Hour {
        /// Since 1970.
        var hour: Int64
        /// By series.
        var counts = [Int](repeating: 0, count: Series.allCases.count)
    }

    struct Day {
        /// Since 1970, by the page's zone.
        var day: Int64
        var counts = [Int](repeating: 0, count: Series.allCases.count)
    }

    /// Oldest first, none left out.
    private(set) var hours: [Hour]
    private let clock: PageClock

    init(_ counts: [SettledCount], at now: Timestamp, _ clock: PageClock = PageClock()) {
        self.clock = clock
        let last = now.milliseconds / 3_600_000
        let first = last - Int64(StatusFigures.days * 24) + 1
        hours = (first...last).map { Hour(hour: $0) }
        for count in counts where (first...last).contains(count.hour) {
            hours[Int(count.hour - first)].counts[Series(count).rawValue] += count.count
        }
    }

    var total: Int { hours.reduce(0) { $0 + $1.counts.reduce(0, +) } }

    var largest: Int { hours.map { $0.counts.reduce(0, +) }.max() ?? 0 }

    /// Those of which there is any.
    var series: [Series] {
        Series.allCases.filter { series in hours.contains { $0.counts[series.rawValue] > 0 } }
    }

    var days: [Day] {
        var days: [Day] = []
        for hour in hours {
            let day = clock.day(ofHour: hour.hour)
            if days.last?.day != day { days.append(Day(day: day)) }
            for index in hour.counts.indices { days[days.count - 1].counts[index] += hour.counts[index] }
        }
        return days
    }
}

/// Stacked bars, an hour each. Words stand beside the drawing, not in it, so that they keep their size on a phone.
struct SettledChart {
    private static let height = 100

    let hours: SettledHours
    let clock: PageClock

    var markup: Markup {
        """
        <figure>
        <figcaption>\(legend)</figcaption>
        <div class="chart">
        <div class="scale" aria-hidden="true"><span>\(top)</span><span>\(top / 2)</span><span>0</span></div>
        <svg role="img" aria-labelledby="chart-title chart-text" viewBox="0 0 \(own: String(hours.hours.count)) 100" \
        preserveAspectRatio="none">
        <title id="chart-title">Messages settled per hour</title>
        <desc id="chart-text">\(summary) The tables below say the same in numbers.</desc>
        <path class="grid" d="M0 0H\(own: String(hours.hours.count))M0 50H\(own: String(hours.hours.count))"/>
        \(hours.series.map(path))</svg>
        <div class="days" aria-hidden="true">\(labels)</div>
        </div>
        </figure>

        """
    }

    /// The end of the scale: 2, 4, 6, 8, 10, 20, 40, … whose half is a whole number.
    private var top: Int {
        var step = 1
        while true {
            for factor in [2, 4, 6, 8, 10] where step * factor >= hours.largest { return step * factor }
            let (next, overflow) = step.multipliedReportingOverflow(by: 10)
            guard !overflow, next < Int.max / 10 else { return Int.max }
            step = next
        }
    }

    private var summary: Markup {
        let totals = hours.series.map { series -> Markup in
            "\(series.name): \(hours.hours.reduce(0) { $0 + $1.counts[series.rawValue] }). "
        }
        return "\(totals)At most \(hours.largest) in one hour."
    }

    private var legend: Markup {
        Markup(
            joining: hours.series.map {
                """
                <span class="key"><span class="swatch s\(own: String($0.rawValue))" aria-hidden="true"></span>\
                \($0.name)</span>

                """
            })
    }

    /// Each as wide as what the chart shows of that day; of less than the whole of it, without a name, which would be cut.
    private var labels: Markup {
        let last = hours.hours.last?.hour ?? 0
        return Markup(
            joining: hours.days.map { day in
                let first = hours.hours.first?.hour ?? 0
                let begin = clock.firstHour(ofDay: day.day)
                let width = min(last, begin + 23) - max(first, begin) + 1
                let text = width < 24 ? "" : PageText.dayText(day.day)
                return "<span style=\"flex:\(own: String(width)) 0 0\">\(own: text)</span>"
            })
    }

    private func path(_ series: SettledHours.Series) -> Markup {
        let bars = hours.hours.enumerated().compactMap { index, hour -> String? in
            let count = hour.counts[series.rawValue]
            guard count > 0 else { return nil }
            let below = hour.counts[..<series.rawValue].reduce(0, +)
            let (bottom, top) = (y(below), y(below + count))
            return "M\(index) \(bottom)V\(top)h.9V\(bottom)z"
        }
        return "<path class=\"s\(own: String(series.rawValue))\" d=\"\(own: bars.joined())\"/>\n"
    }

    /// In thousandths: the same text wherever it is made.
    private func y(_ count: Int) -> String {
        let thousandths = Int((Double(Self.height) * 1000 * (1 - Double(count) / Double(top))).rounded())
        let rest = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }
}
