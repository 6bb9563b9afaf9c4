internal import Engine
internal import Reconciliation

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

/// Dead letters by reason and code, with what the code means.
enum DeadLetterSection {
    /// Rows shown: one more sums up the others.
    private static let most = 20

    static func markup(_ counts: [SettledCount]) -> Markup {
        let title = "Dead letters, last \(StatusFigures.days) days"
        let kinds = Self.kinds(counts)
        guard !kinds.isEmpty else { return StatusPage.section("dead", title, "<p>None.</p>\n") }
        var rows = kinds.prefix(most).map(row)
        let others = kinds.dropFirst(most).reduce(0) { $0 + $1.count }
        if others > 0 { rows.append(["others", "", "\(others)", "", ""]) }
        let table = PageTable(
            caption: "Dead letters that the reconciler made, by reason and report code",
            columns: [.text("Reason"), .text("Code"), .number("Messages"), .prose("Meaning"), .text("Class")],
            rows: rows)
        return StatusPage.section("dead", title, table.markup)
    }

    private struct Kind {
        var reason: DeadLetterReason
        var code: ReportCode?
        var count: Int
    }

    /// The most frequent first.
    private static func kinds(_ counts: [SettledCount]) -> [Kind] {
        var sums: [DeadLetterReason: [ReportCode?: Int]] = [:]
        for count in counts {
            guard case .deadLetter(let reason) = count.outcome else { continue }
            sums[reason, default: [:]][count.code, default: 0] += count.count
        }
        return sums.flatMap { reason, codes in codes.map { Kind(reason: reason, code: $0.key, count: $0.value) } }
            .sorted { left, right in
                left.count == right.count ? order(left) < order(right) : left.count > right.count
            }
    }

    private static func order(_ kind: Kind) -> String { "\(kind.reason.rawValue) \(kind.code?.text ?? "")" }

    private static func row(_ kind: Kind) -> [Markup] {
        let meaning: Markup
        if let code = kind.code {
            meaning = "\(code.gloss ?? "not in the table of known codes")"
        } else {
            meaning = "\(own: words(kind.reason))"
        }
        let code = kind.code.map { $0.isPresentable ? $0.text : "…" }
        return [
            "\(kind.reason.rawValue)", code.map { "<code>\($0)</code>" } ?? "–", "\(kind.count)", meaning,
            kind.code.map { "\($0.meaning.rawValue)" } ?? "–",
        ]
    }

    private static func words(_ reason: DeadLetterReason) -> String {
        switch reason {
        case .reported: "the provider reported a failure"
        case .stale: "asked after the deadline, and no final report"
        case .uncertain: "asked after the deadline, and the outcome is still open"
        case .unverifiable: "older than the provider's window, and never answered"
        }
    }
}

/// Whether webhooks arrive: who settled the newest messages.
enum OriginSection {
    /// Hours shown.
    private static let most = 24

    static func markup(_ origins: Origins, _ clock: PageClock) -> Markup {
        let title = "Webhook share"
        let hours = origins.hours.filter { $0.settled + $0.pending > 0 }
        guard !hours.isEmpty else { return StatusPage.section("origins", title, "<p>No messages to tell by.</p>\n") }
        let polls = hours.contains { $0.polled > 0 }
        let takes = hours.contains { $0.taken > 0 }
        var columns: [PageTable.Column] = [
            .text("From"), .text("Webhook share"), .number("By the application"), .number("By asking"),
        ]
        if takes { columns.append(.number("By webhooks taken here")) }
        if polls { columns.append(.number("By polling")) }
        columns.append(.number("Pending"))
        let table = PageTable(
            caption: "Messages by the hour of their acceptance, and who settled them", columns: columns,
            rows: hours.prefix(most).map { row($0, polls, takes, clock) })
        return StatusPage.section("origins", title, "\(note(origins))\(table.markup)")
    }

    private static func note(_ origins: Origins) -> Markup {
        """
        <p>Of the messages accepted in an hour and settled by now, those that a webhook settled: one that the daemon \
        took, or the application itself, which is what its webhook does. Told by the newest \(origins.rows) rows of the table\
        \(own: origins.isCutShort ? ", older ones were not looked at" : ""). When the application settled one is not \
        known, so the hours are those of acceptance.</p>

        """
    }

    private static func row(_ hour: Origins.Hour, _ polls: Bool, _ takes: Bool, _ clock: PageClock) -> [Markup] {
        var cells: [Markup] = [
            clock.hour(hour.hour), ShareBar.markup(hour.elsewhere + hour.taken, of: hour.settled), "\(hour.elsewhere)",
            "\(hour.asked)",
        ]
        if takes { cells.append("\(hour.taken)") }
        if polls { cells.append("\(hour.polled)") }
        return cells + ["\(hour.pending)"]
    }
}

extension Origins.Hour {
    fileprivate var settled: Int { elsewhere + asked + polled + taken }
}
