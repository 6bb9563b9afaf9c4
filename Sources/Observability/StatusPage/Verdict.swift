internal import Engine
internal import Reconciliation

/// What somebody wants to know who looks for one second.
struct Verdict {
    var word: String
    var text: Markup
    /// A class of the style sheet.
    var style: Markup

    static func of(_ report: StatusReport) -> Verdict {
        switch report.content {
        case .unreadable: Verdict(word: "Trouble", text: "The database cannot be read.", style: "critical")
        case .figures(let figures): of(figures, report)
        }
    }

    private static func of(_ figures: StatusFigures, _ report: StatusReport) -> Verdict {
        let worst = figures.firing.map(\.identity.name.severity).max()
        let alerts: Markup = "\(own: PageText.count(figures.firing.count, "alert fires", "alerts fire"))."
        if worst == .critical { return Verdict(word: "Critical", text: alerts, style: "critical") }
        guard !figures.cycles.isEmpty else {
            return Verdict(word: "Unknown", text: "No cycle has been made yet.", style: "warning")
        }
        if let silence = silence(figures, report) { return Verdict(word: "Critical", text: silence, style: "critical") }
        return switch worst {
        case .error, .critical: Verdict(word: "Error", text: alerts, style: "error")
        case .warning: Verdict(word: "Warning", text: alerts, style: "warning")
        case .info: Verdict(word: "Fine", text: "\(alerts) For information only.", style: "fine")
        case nil: Verdict(word: "Fine", text: "Nothing fires.", style: "fine")
        }
    }

    /// That no cycle has succeeded for five intervals, if so (as `status --check`).
    private static func silence(_ figures: StatusFigures, _ report: StatusReport) -> Markup? {
        guard let last = figures.lastSuccessAt else { return "No cycle has succeeded yet." }
        let age = report.generatedAt - last
        guard age > report.interval * 5 else { return nil }
        return "No cycle has succeeded for \(own: PageText.duration(age))."
    }
}
