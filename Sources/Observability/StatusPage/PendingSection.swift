internal import Engine

/// Pending messages by age.
enum PendingSection {
    private static let names = [
        "under 10 minutes", "10 minutes to 1 hour", "1 to 6 hours", "6 to 24 hours", "1 to 3 days", "3 to 7 days",
        "over 7 days",
    ]

    static func markup(_ ages: PendingAges) -> Markup {
        guard ages.total > 0 else { return StatusPage.section("pending", "Pending, by age", "<p>None.</p>\n") }
        var rows = zip(names, ages.buckets).map { name, count in row(name, count, of: ages.total) }
        if ages.withoutTime > 0 { rows.append(row("age unreadable", ages.withoutTime, of: ages.total)) }
        if ages.withoutKey > 0 { rows.append(row("not accepted yet (no key)", ages.withoutKey, of: ages.total)) }
        let table = PageTable(
            caption: "Messages pending, by the time since their acceptance",
            columns: [.text("Age"), .number("Messages"), .text("Share")], rows: rows)
        let note: Markup =
            ages.isCutShort
            ? "<p>There are more: only the first \(ages.total) rows were looked at.</p>\n" : ""
        return StatusPage.section("pending", "Pending, by age", "\(table.markup)\(note)")
    }

    private static func row(_ name: String, _ count: Int, of total: Int) -> [Markup] {
        ["\(name)", "\(count)", ShareBar.markup(count, of: total)]
    }
}

/// A share as a number, and as a bar beside it.
enum ShareBar {
    static func markup(_ part: Int, of whole: Int) -> Markup {
        guard let percent = PageText.share(part, of: whole) else { return "–" }
        return """
            <span class="share"><span class="bar" aria-hidden="true"><span style="width:\(percent)%"></span></span>\
            \(percent) %</span>
            """
    }
}
