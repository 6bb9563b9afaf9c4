internal import Engine
internal import Reconciliation

/// The status page: one HTML file without scripts and without anything that would have to be fetched.
package enum StatusPage {
    /// The same text for the same report.
    package static func html(_ report: StatusReport) -> String {
        let verdict = Verdict.of(report)
        let page: Markup = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="referrer" content="no-referrer">
            <title>\(verdict.word): bizgo-reconciler on \(report.host)</title>
            <style>
            \(style)</style>
            </head>
            <body>
            <header>
            <h1>bizgo-reconciler <span class="host">on \(report.host)</span></h1>
            <p class="verdict \(verdict.style)"><strong>\(verdict.word)</strong> \(verdict.text)</p>
            </header>
            <main>
            \(main(report))</main>
            \(PageFooter.markup(report))</body>
            </html>

            """
        return page.html
    }

    private static func main(_ report: StatusReport) -> Markup {
        switch report.content {
        case .unreadable(let why):
            return section("store", "The database cannot be read", "<p class=\"detail\">\(why)</p>\n")
        case .figures(let figures):
            let now = report.generatedAt
            return Markup(joining: [
                OverviewSection.markup(figures, at: now),
                AlertSection.markup(figures.firing, report),
                PendingSection.markup(figures.pending),
                SettledSection.markup(figures.settled, at: now),
                DeadLetterSection.markup(figures.settled),
                OriginSection.markup(figures.origins),
                ProviderSection.markup(figures.provider, at: now),
                CycleSection.markup(figures.cycles),
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
