internal import Engine
internal import Reconciliation

/// The status page: one HTML file without anything that would have to be fetched, whole without scripts.
package enum StatusPage {
    /// The same text for the same report.
    package static func html(_ report: StatusReport) -> String {
        let verdict = PageVerdict.of(report)
        let page: Markup = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
            script-src '\(own: Freshness.scriptHash)'">
            <meta name="referrer" content="no-referrer">
            <title>\(verdict.word): bizgo-reconciler on \(report.host)</title>
            <style>
            \(style)</style>
            </head>
            <body>
            <header>
            <h1>bizgo-reconciler <span class="host">on \(report.host)</span></h1>
            <p class="verdict \(verdict.style)"><strong>\(verdict.word)</strong> \(verdict.text)</p>
            \(Freshness.markup(report))</header>
            <main>
            \(main(report))</main>
            <footer>
            <p>bizgo-reconciler \(report.version) on \(report.host), database \(report.database).</p>
            </footer>
            \(Freshness.script)</body>
            </html>

            """
        return page.html
    }

    private static func main(_ report: StatusReport) -> Markup {
        switch report.content {
        case .unreadable(let why):
            return section("store", "The database cannot be read", "<p class=\"detail\">\(why)</p>\n")
        case .figures(let figures):
            let alerts = AlertSection.markup(figures.firing, report)
            let overview = OverviewSection.markup(figures, at: report.generatedAt)
            return Markup(
                // What fires comes first, what is only so after it.
                joining: (figures.firing.isEmpty ? [overview, alerts] : [alerts, overview]) + [
                    ProviderSection.markup(figures.provider, report),
                    PendingSection.markup(figures.pending),
                    SettledSection.markup(figures.settled, report),
                    RateSection.markup(figures.rates, report),
                    DeadLetterSection.markup(figures.settled),
                    OriginSection.markup(figures.origins, report.clock),
                    VerificationSection.markup(figures.verification, report),
                    CycleSection.markup(figures.cycles, report.clock),
                ])
        }
    }

    static func section(_ id: String, _ title: String, _ body: Markup) -> Markup {
        """
        <section aria-labelledby="\(id)">
        <h2 id="\(id)">\(title)</h2>
        \(body)</section>

        """
    }
}

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

/// When the page was made, and until when it can be believed: a daemon that has died does not say so.
///
/// The page says it in words. Where scripts run, one of them, without anything foreign in it, says it aloud as soon as
/// that time has passed.
enum Freshness {
    static func markup(_ report: StatusReport) -> Markup {
        """
        <p class="late" role="alert"><strong>Stale</strong> Nobody has rewritten this page in time: what it says may be \
        over, and worse may have come. Load it again; if it stays, see whether the daemon runs.</p>
        <p class="facts">As of \(report.clock.second(report.generatedAt)) \(own: report.zone.offset)\(origin(report)) \
        <span id="until">\(report.clock.second(report.staleAt))</span>. All times are \(own: report.zone.offset).</p>

        """
    }

    private static func origin(_ report: StatusReport) -> Markup {
        switch report.origin {
        case .daemon: ". The daemon rewrites this page after its cycles; it is stale if it is still this one after"
        case .command: ", made once, by <code>report</code>; take it for stale after"
        }
    }

    static let script: Markup = """
        <script>
        const until = Date.parse(document.querySelector("#until time").dateTime);
        const look = () => {
          if (Date.now() < until || document.body.className) return;
          document.body.className = "stale";
          document.title = "Stale: " + document.title;
        };
        look();
        setInterval(look, 1000);
        </script>

        """

    /// Of the script, for the page's policy: nothing else may run. A test says what it must be.
    static let scriptHash = "sha256-69Yd62hLBxw/md6wGtuvo2h1cUWvrDvbiCEJZw6LxZg="
}
