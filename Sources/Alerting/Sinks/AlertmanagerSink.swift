package import Engine
package import Reconciliation

/// Posts to an Alertmanager (API v2), which groups, routes and repeats by its own rules.
///
/// It takes an alert to be over at the alert's `endsAt`. While one fires it is posted again every `refreshEvery`, each
/// time with an `endsAt` five times that ahead: four posts in a row may fail, or a restart take that long, without a
/// false end; and of a daemon that died nothing is left firing for ever.
@Loop
package final class AlertmanagerSink: AlertSink {
    package let name: String
    package let minimumSeverity: AlertSeverity
    package let refreshEvery: Duration?
    private let url: String
    private let validFor: Duration
    private let transport: any HTTPTransport
    private let time: any Timekeeper

    /// - Parameter url: the base address; can hold a password, so it is never printed.
    package init(
        name: String = "alertmanager", minimumSeverity: AlertSeverity = .info, url: String, refreshEvery: Duration,
        transport: any HTTPTransport, time: any Timekeeper
    ) {
        self.name = name
        self.minimumSeverity = minimumSeverity
        self.refreshEvery = refreshEvery
        validFor = refreshEvery * 5
        self.url = Self.address("alerts", below: url)
        self.transport = transport
        self.time = time
    }

    package func deliver(_ notification: Notification) async -> Delivery {
        let alert = AlertmanagerAlert(notification, validFor: validFor)
        return await HTTPDelivery.post(JSONText.encode([alert]), to: url, over: transport) { self.time.now }
    }

    /// `https://host/prefix/api/v2/status`; a query, which some proxies want a token in, stays at the end.
    package nonisolated static func address(_ resource: String, below base: String) -> String {
        let path = base.prefix { $0 != "?" }
        let query = base.dropFirst(path.count)
        let folder = path.reversed().drop { $0 == "/" }.reversed()
        return String(folder) + "/api/v2/\(resource)" + query
    }
}
