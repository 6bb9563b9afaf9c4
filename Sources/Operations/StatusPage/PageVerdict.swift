internal import Engine
internal import Reconciliation

/// What somebody wants to know who looks for one second.
struct PageVerdict {
    var word: String
    var text: Markup
    /// A class of the style sheet.
    var style: Markup

    static func of(_ report: StatusReport) -> PageVerdict {
        switch report.content {
        case .unreadable: PageVerdict(word: "Trouble", text: "The database cannot be read.", style: "critical")
        case .figures(let figures): of(figures, report)
        }
    }

    private static func of(_ figures: StatusFigures, _ report: StatusReport) -> PageVerdict {
        let worst = figures.firing.map(\.identity.name.severity).max()
        let alerts: Markup = "\(own: PageText.count(figures.firing.count, "alert fires", "alerts fire"))."
        if worst == .critical { return PageVerdict(word: "Critical", text: alerts, style: "critical") }
        guard !figures.cycles.isEmpty else {
            return PageVerdict(word: "Unknown", text: "No cycle has been made yet.", style: "warning")
        }
        if let silence = silence(figures, report) {
            return PageVerdict(word: "Critical", text: silence, style: "critical")
        }
        return switch worst {
        case .error, .critical: PageVerdict(word: "Error", text: alerts, style: "error")
        case .warning: PageVerdict(word: "Warning", text: alerts, style: "warning")
        case .info: PageVerdict(word: "Fine", text: "\(alerts) For information only.", style: "fine")
        case nil: PageVerdict(word: "Fine", text: "Nothing fires.", style: "fine")
        }
    }

    /// That no cycle has succeeded for too long, if so (as `status --check`).
    private static func silence(_ figures: StatusFigures, _ report: StatusReport) -> Markup? {
        guard let last = figures.lastSuccessAt else { return "No cycle has succeeded yet." }
        let age = report.generatedAt - last
        guard age > OverdueCycle.patience(report.interval) else { return nil }
        return "No cycle has succeeded for \(own: PageText.duration(age))."
    }
}
