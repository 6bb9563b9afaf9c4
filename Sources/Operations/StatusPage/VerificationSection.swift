internal import Engine
internal import Reconciliation

/// Whether the rows agree with what the provider says of the account: how far that is known, and what differs.
enum VerificationSection {
    private static let title = "Verification"

    /// Nothing where nothing is verified, and nothing kept.
    static func markup(_ figures: VerificationFigures, _ report: StatusReport) -> Markup {
        guard report.verifies || !figures.counts.isEmpty else { return "" }
        return StatusPage.section("verification", title, "\(progress(figures, report))\(differences(figures, report))")
    }

    private static func progress(_ figures: VerificationFigures, _ report: StatusReport) -> Markup {
        guard report.verifies else { return "<p>Nothing is verified any more.</p>\n" }
        let look: Markup
        if let lookedAt = figures.progress?.lookedAt {
            let age = PageText.duration(report.generatedAt - lookedAt)
            look = "The account was looked at \(own: age) ago, at \(report.clock.second(lookedAt))"
        } else {
            look = "The account has not been looked at yet"
        }
        let day: Markup
        if let until = figures.progress?.verifiedUntil {
            day = "the last whole day verified is \(report.clock.date(until - .milliseconds(1)))"
        } else {
            day = "no whole day has been verified yet"
        }
        return "<p>\(look); \(day).</p>\n"
    }

    private static func differences(_ figures: VerificationFigures, _ report: StatusReport) -> Markup {
        guard !figures.counts.isEmpty else { return "<p>Nothing that was compared differs.</p>\n" }
        let counts = PageTable(
            caption: "Messages of which row and provider said different things",
            columns: [.text("What"), .number("Messages"), .prose("Means")],
            rows: Difference.Kind.allCases.map { kind in
                ["\(kind.rawValue)", "\(figures.counts[kind] ?? 0)", "\(words(kind))"]
            })
        let newest = PageTable(
            caption: "The newest of them",
            columns: [.text("msgKey"), .text("What"), .text("Row"), .text("Code"), .text("Accepted")],
            rows: figures.newest.map { row($0, report.clock) })
        return "\(counts.markup)\(newest.markup)"
    }

    private static func words(_ kind: Difference.Kind) -> String {
        switch kind {
        case .falseSent: "The row says SENT; it failed on every channel. Nobody received it."
        case .missingRow: "The provider delivered it, or failed to; there is no row."
        case .healed: "The row said DEAD_LETTER; it was delivered, and the row says SENT now."
        }
    }

    /// A msgKey is no personal data, and most of them are long numbers.
    private static func row(_ difference: Difference, _ clock: PageClock) -> [Markup] {
        [
            "<code>\(own: difference.key.text)</code>", "\(difference.kind.rawValue)",
            difference.rowStatus.map { "\($0.rawValue)" } ?? "–",
            difference.code.map { "<code>\($0.isPresentable ? $0.text : "…")</code>" } ?? "–",
            difference.acceptedAt.map(clock.second) ?? "–",
        ]
    }
}
