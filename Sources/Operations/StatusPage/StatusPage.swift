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
                    DeadLetterSection.markup(figures.settled),
                    OriginSection.markup(figures.origins, report.clock),
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
