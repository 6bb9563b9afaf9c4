internal import Engine
internal import Reconciliation

/// The last cycles, newest first.
enum CycleSection {
    static func markup(_ cycles: [CycleRecord], _ clock: PageClock) -> Markup {
        guard !cycles.isEmpty else { return StatusPage.section("cycles", "Last cycles", "<p>None yet.</p>\n") }
        let table = PageTable(
            caption: "Cycles, newest first",
            columns: [
                .text("Began"), .text("Result"), .number("Settled"), .number("Due"), .number("Requests"),
                .number("Took"), .text("Provider"),
            ],
            rows: cycles.map { row($0, clock) })
        return StatusPage.section("cycles", "Last cycles", table.markup)
    }

    private static func row(_ cycle: CycleRecord, _ clock: PageClock) -> [Markup] {
        let result: Markup = cycle.result == .ok ? "ok" : "<strong class=\"bad\">failed</strong>"
        return [
            clock.shortSecond(cycle.startedAt), result, "\(cycle.settled)", "\(cycle.due)", "\(cycle.requests)",
            "\(own: PageText.shortDuration(cycle.duration))", "\(own: ProviderSection.word(cycle.health.state))",
        ]
    }
}
