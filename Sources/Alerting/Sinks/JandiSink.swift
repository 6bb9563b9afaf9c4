package import Engine
package import Reconciliation

/// Posts to a JANDI incoming webhook.
@Loop
package final class JandiSink: AlertSink {
    package let name: String
    package let minimumSeverity: AlertSeverity
    private let url: String
    private let transport: any HTTPTransport
    private let time: any Timekeeper

    /// JANDI refuses requests that do not ask for it.
    private static let mediaType = "application/vnd.tosslab.jandi-v2+json"

    /// - Parameter url: is a secret; it is never printed.
    package init(
        name: String = "jandi", minimumSeverity: AlertSeverity = .info, url: String, transport: any HTTPTransport,
        time: any Timekeeper
    ) {
        self.name = name
        self.minimumSeverity = minimumSeverity
        self.url = url
        self.transport = transport
        self.time = time
    }

    package func deliver(_ notification: Notification) async -> Delivery {
        await HTTPDelivery.post(
            JSONText.encode(JandiMessage(notification)), to: url, accept: Self.mediaType, over: transport
        ) { self.time.now }
    }
}
