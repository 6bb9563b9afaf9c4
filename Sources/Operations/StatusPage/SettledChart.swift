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
