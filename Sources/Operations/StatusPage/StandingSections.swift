internal import Engine
internal import Reconciliation

/// The four numbers that a phone shows without scrolling.
enum OverviewSection {
    static func markup(_ figures: StatusFigures, at now: Timestamp) -> Markup {
        let pending = figures.pending
        let day = (now - .seconds(86_400)).hour
        let settled = figures.settled.filter { $0.hour > day }.reduce(0) { $0 + $1.count }
        let tiles: [(String, Markup)] = [
            ("Alerts firing", "\(figures.firing.count)"),
            ("Messages pending", "\(own: pending.isCutShort ? "over " : "")\(pending.total)"),
            ("Oldest pending", pending.oldest.map { "\(own: PageText.duration($0))" } ?? "–"),
            ("Settled in 24 h", "\(settled)"),
            ("Provider", figures.provider.map { "\(own: ProviderSection.word($0.state))" } ?? "–"),
            ("Last success", figures.lastSuccessAt.map { "\(own: PageText.duration(now - $0)) ago" } ?? "–"),
        ]
        let list = tiles.map { tile -> Markup in "<div><dt>\(tile.0)</dt><dd>\(tile.1)</dd></div>\n" }
        return StatusPage.section("overview", "At a glance", "<dl class=\"tiles\">\n\(list)</dl>\n")
    }
}

/// What fires, the worst first.
enum AlertSection {
    static func markup(_ alerts: [Alert], _ report: StatusReport) -> Markup {
        guard !alerts.isEmpty else {
            return StatusPage.section("alerts", "Firing alerts", "<p>None.</p>\n")
        }
        let sorted = alerts.enumerated().sorted { left, right in
            let (a, b) = (left.element.identity.name.severity, right.element.identity.name.severity)
            return a == b ? left.offset < right.offset : a > b
        }
        let items = sorted.map { item($0.element, report) }
        return StatusPage.section("alerts", "Firing alerts", "<ul class=\"alerts\">\n\(items)</ul>\n")
    }

    private static func item(_ alert: Alert, _ report: StatusReport) -> Markup {
        let severity = alert.identity.name.severity.rawValue
        let count: Markup =
            alert.identity.name.countsMessages
            ? "\(own: PageText.count(alert.count, "message", "messages")), " : ""
        let meaning = report.meaning(alert.withoutNumbers)
        let acknowledged: Markup = alert.isAcknowledged ? ", acknowledged" : ""
        return """
            <li class="\(severity)">
            <h3>\(alert.identity.name.rawValue)\(labels(alert)) <span class="badge">\(severity)</span></h3>
            <p class="facts">\(count)for \(own: PageText.duration(report.generatedAt - alert.since))\(acknowledged)</p>
            <p lang="\(report.language)">\(own: meaning.what)</p>
            <p lang="\(report.language)" class="first">\(own: meaning.first)</p>
            </li>

            """
    }

    private static func labels(_ alert: Alert) -> Markup {
        let labels = alert.identity.labels.sorted { $0.key < $1.key }
        return Markup(joining: labels.map { " <span class=\"label\">\($0.key)=\($0.value)</span>" })
    }
}

extension Alert {
    /// Without anything foreign that could be a telephone number: what is said of it holds times, which look like one.
    fileprivate var withoutNumbers: Alert {
        var alert = self
        alert.identity.labels = identity.labels.mapValues(Redaction.clean)
        alert.detail = detail.map(Redaction.clean)
        return alert
    }
}

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

/// The last cycles, newest first.
enum CycleSection {
    static func markup(_ cycles: [CycleRecord], _ clock: PageClock) -> Markup {
        guard !cycles.isEmpty else { return StatusPage.section("cycles", "Last cycles", "<p>None yet.</p>\n") }
        let table = PageTable(
            caption: "Cycles, newest first",
            columns: [
                .text("Began"), .text("Result"), .number("Settled"), .number("Due"), .number("Requests"),
                .number("Took"), .text("Provider"),
            ],
            rows: cycles.map { row($0, clock) })
        return StatusPage.section("cycles", "Last cycles", table.markup)
    }

    private static func row(_ cycle: CycleRecord, _ clock: PageClock) -> [Markup] {
        let result: Markup = cycle.result == .ok ? "ok" : "<strong class=\"bad\">failed</strong>"
        return [
            clock.shortSecond(cycle.startedAt), result, "\(cycle.settled)", "\(cycle.due)", "\(cycle.requests)",
            "\(own: PageText.shortDuration(cycle.duration))", "\(own: ProviderSection.word(cycle.health.state))",
        ]
    }
}
