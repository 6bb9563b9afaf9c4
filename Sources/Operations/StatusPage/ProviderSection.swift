internal import Reconciliation

/// The provider as the last cycle found it.
enum ProviderSection {
    static func markup(_ health: ProviderHealth?, _ report: StatusReport) -> Markup {
        StatusPage.section("provider", "Provider", health.map { body($0, report) } ?? "<p>Not asked yet.</p>\n")
    }

    static func word(_ state: ProviderState) -> String {
        switch state {
        case .ok: "ok"
        case .unavailable: "unavailable"
        case .refused: "refuses"
        case .rateLimited: "rate limited"
        }
    }

    private static func body(_ health: ProviderHealth, _ report: StatusReport) -> Markup {
        let detail: Markup = health.detail.map { "<p class=\"detail\">\($0)</p>\n" } ?? ""
        return """
            <p><strong>\(word(health.state))</strong> since \(report.clock.minute(health.since)), \
            for \(own: PageText.duration(report.generatedAt - health.since)). \(own: meaning(health.state))</p>
            \(detail)
            """
    }

    private static func meaning(_ state: ProviderState) -> String {
        switch state {
        case .ok: "It answers."
        case .unavailable: "It does not answer, or not with sense. No message is given up meanwhile."
        case .refused: "It refuses the credentials or this host's address. No message is given up meanwhile."
        case .rateLimited: "It answers nothing but 429. No message is given up meanwhile."
        }
    }
}
