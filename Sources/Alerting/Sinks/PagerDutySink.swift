package import Engine
package import Reconciliation

/// Sends events to PagerDuty (Events API v2): a trigger opens or updates the incident with that `dedup_key`, a resolve
/// closes it.
@Loop
package final class PagerDutySink: AlertSink {
    /// For production; tests have their own.
    package nonisolated static let address = "https://events.pagerduty.com/v2/enqueue"

    package let name: String
    package let minimumSeverity: AlertSeverity
    private let routingKey: String
    private let url: String
    private let transport: any HTTPTransport
    private let time: any Timekeeper

    /// - Parameter routingKey: the integration key, a secret; it is never printed.
    package init(
        name: String = "pagerduty", minimumSeverity: AlertSeverity = .info, routingKey: String,
        url: String = PagerDutySink.address, transport: any HTTPTransport, time: any Timekeeper
    ) {
        self.name = name
        self.minimumSeverity = minimumSeverity
        self.routingKey = routingKey
        self.url = url
        self.transport = transport
        self.time = time
    }

    package func deliver(_ notification: Notification) async -> Delivery {
        let event = PagerDutyEvent(notification, routingKey: routingKey)
        return await HTTPDelivery.post(JSONText.encode(event), to: url, over: transport) { self.time.now }
    }
}
