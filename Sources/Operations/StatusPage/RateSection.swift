internal import Engine
internal import Reconciliation

/// How many messages fail, whoever settled them, and how long their reports take: by day, and for which causes.
enum RateSection {
    private static let title = "Failures and delays, last \(StatusFigures.days) days"

    static func markup(_ hours: [HourRates], _ report: StatusReport) -> Markup {
        guard !hours.isEmpty else { return StatusPage.section("rates", title, "<p>Nothing was settled.</p>\n") }
        let all = Rates(hours)
        let days = Dictionary(grouping: hours) { report.clock.day(ofHour: $0.hour) }.sorted { $0.key > $1.key }
        let rows = days.map { row(PageText.day($0.key), Rates($0.value)) } + [row("all", all)]
        let table = PageTable(
            caption: "Messages settled, and how long their reports took, by day",
            columns: [
                .text("Day"), .number("Settled"), .number("Failed"), .text("Share failed"), .number("Reports"),
                .number("Half within"), .number("90 % within"), .number("99 % within"),
            ],
            rows: rows)
        return StatusPage.section("rates", title, "\(note)\(table.markup)\(classes(all.outcomes))")
    }

    private static let note: Markup = """
        <p>All that was settled, by the application too, as far as its rows tell; failed are those that the provider \
        reported so. Reports are those that the reconciler learnt of, in the day of their own time; they took from the \
        acceptance, or the time reserved for, to that time.</p>

        """

    private static func row(_ name: Markup, _ rates: Rates) -> [Markup] {
        let failed = rates.outcomes.failures.values.reduce(0, +)
        let delays = [0.5, 0.9, 0.99].map { share -> Markup in
            rates.delays.quantile(share).map { "\(own: DurationText.format($0))" } ?? "–"
        }
        return [
            name, "\(rates.outcomes.settled)", "\(failed)", ShareBar.markup(failed, of: rates.outcomes.settled),
            "\(rates.delays.total)",
        ] + delays
    }

    /// The most frequent first.
    private static func classes(_ outcomes: OutcomeCounts) -> Markup {
        guard !outcomes.failures.isEmpty else { return "" }
        let sorted = outcomes.failures.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
        return PageTable(
            caption: "Failures by the class of their causes",
            columns: [.text("Class"), .number("Failed"), .text("Share of all settled")],
            rows: sorted.map { meaning, count in
                ["\(meaning.rawValue)", "\(count)", ShareBar.markup(count, of: outcomes.settled)]
            }
        ).markup
    }

    /// Of some hours.
    private struct Rates {
        var outcomes = OutcomeCounts()
        var delays = ReportDelays()

        init(_ hours: [HourRates]) {
            for hour in hours {
                outcomes.add(hour.outcomes)
                delays.add(hour.delays)
            }
        }
    }
}
