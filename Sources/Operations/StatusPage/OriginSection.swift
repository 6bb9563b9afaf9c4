internal import Engine

/// Whether webhooks arrive: who settled the newest messages.
enum OriginSection {
    /// Hours shown.
    private static let most = 24

    static func markup(_ origins: Origins, _ clock: PageClock) -> Markup {
        let title = "Webhook share"
        let hours = origins.hours.filter { $0.settled + $0.pending > 0 }
        guard !hours.isEmpty else { return StatusPage.section("origins", title, "<p>No messages to tell by.</p>\n") }
        let polls = hours.contains { $0.polled > 0 }
        var columns: [PageTable.Column] = [
            .text("From"), .text("Webhook share"), .number("By the application"), .number("By asking"),
        ]
        if polls { columns.append(.number("By polling")) }
        columns.append(.number("Pending"))
        let table = PageTable(
            caption: "Messages by the hour of their acceptance, and who settled them", columns: columns,
            rows: hours.prefix(most).map { row($0, polls, clock) })
        return StatusPage.section("origins", title, "\(note(origins))\(table.markup)")
    }

    private static func note(_ origins: Origins) -> Markup {
        """
        <p>Of the messages accepted in an hour and settled by now, those that the application settled itself, which is \
        what its webhook does. Told by the newest \(origins.rows) rows of the table\
        \(own: origins.isCutShort ? ", older ones were not looked at" : ""). When the application settled one is not \
        known, so the hours are those of acceptance.</p>

        """
    }

    private static func row(_ hour: Origins.Hour, _ polls: Bool, _ clock: PageClock) -> [Markup] {
        var cells: [Markup] = [
            clock.hour(hour.hour), ShareBar.markup(hour.elsewhere, of: hour.settled), "\(hour.elsewhere)",
            "\(hour.asked)",
        ]
        if polls { cells.append("\(hour.polled)") }
        return cells + ["\(hour.pending)"]
    }
}

extension Origins.Hour {
    fileprivate var settled: Int { elsewhere + asked + polled }
}
