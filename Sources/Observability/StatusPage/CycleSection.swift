internal import Engine
internal import Reconciliation

/// The last cycles, newest first.
enum CycleSection {
    static func markup(_ cycles: [CycleRecord]) -> Markup {
        guard !cycles.isEmpty else { return StatusPage.section("cycles", "Last cycles", "<p>None yet.</p>\n") }
        let table = PageTable(
            caption: "Cycles, newest first",
            columns: [
                .text("Began"), .text("Result"), .number("Took"), .number("Due"), .number("Requests"),
                .number("Settled"), .text("Provider"),
            ],
            rows: cycles.map(row))
        return StatusPage.section("cycles", "Last cycles", table.markup)
    }

    private static func row(_ cycle: CycleRecord) -> [Markup] {
        let result: Markup = cycle.result == .ok ? "ok" : "<strong class=\"bad\">failed</strong>"
        return [
            PageText.second(cycle.startedAt), result, "\(own: PageText.shortDuration(cycle.duration))", "\(cycle.due)",
            "\(cycle.requests)", "\(cycle.settled)", "\(own: ProviderSection.word(cycle.health.state))",
        ]
    }
}
