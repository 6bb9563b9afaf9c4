internal import Engine

/// Pending messages by age.
enum PendingSection {
    static func markup(_ ages: PendingAges) -> Markup {
        guard ages.total > 0 else { return StatusPage.section("pending", "Pending, by age", "<p>None.</p>\n") }
        var rows = ages.buckets.enumerated().map { index, count in row(name(index), count, of: ages.total) }
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

    /// `under 10 minutes`, `10 to 60 minutes`, `1 to 6 hours`, …, `over 7 days`: what is between two bounds, in the unit
    /// of the first.
    private static func name(_ bucket: Int) -> String {
        let bounds = PendingAges.bounds
        let unit = unit(bounds[max(0, bucket - 1)])
        func count(_ bound: Int) -> Int { Int(bounds[bound] / unit.length) }
        return switch bucket {
        case 0: "under \(count(0)) \(unit.name)"
        case bounds.count: "over \(count(bucket - 1)) \(unit.name)"
        default: "\(count(bucket - 1)) to \(count(bucket)) \(unit.name)"
        }
    }

    /// The longest that the duration is a multiple of.
    private static func unit(_ duration: Duration) -> (name: String, length: Duration) {
        let units = [("days", Duration.seconds(86_400)), ("hours", .seconds(3600))]
        return units.first { duration.components.seconds.isMultiple(of: $0.1.components.seconds) }
            ?? ("minutes", .seconds(60))
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
