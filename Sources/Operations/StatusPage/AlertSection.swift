internal import Reconciliation

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
        alert.identity.labels = identity.labels.mapValues(SafeText.clean)
        alert.detail = detail.map(SafeText.clean)
        return alert
    }
}
