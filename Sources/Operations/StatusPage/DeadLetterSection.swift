internal import Engine
internal import Reconciliation

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
