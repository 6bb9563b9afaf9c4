package import Engine
package import Reconciliation

/// Posts the generic JSON to an address.
@Loop
package final class WebhookSink: AlertSink {
    package let name: String
    package let minimumSeverity: AlertSeverity
    private let url: String
    private let transport: any HTTPTransport
    private let time: any Timekeeper

    /// - Parameter url: holds a secret as a rule; it is never printed.
    package init(
        name: String = "webhook", minimumSeverity: AlertSeverity = .info, url: String, transport: any HTTPTransport,
        time: any Timekeeper
    ) {
        self.name = name
        self.minimumSeverity = minimumSeverity
        self.url = url
        self.transport = transport
        self.time = time
    }

    package func deliver(_ notification: Notification) async -> Delivery {
        await HTTPDelivery.post(GenericPayload(notification).json, to: url, over: transport) { self.time.now }
    }
}
