package import Engine
package import Reconciliation

/// Posts to a Slack incoming webhook, or to Mattermost's, or to Discord's address with `/slack` appended.
///
/// The three agree on `text` and on attachments with `color` (as `#rrggbb`), `fallback` and `text`; their attachment
/// fields differ in the names of the keys (Discord's schema says `name` where Slack says `title`), so there are none.
@Loop
package final class SlackSink: AlertSink {
    package let name: String
    package let minimumSeverity: AlertSeverity
    private let url: String
    private let transport: any HTTPTransport
    private let time: any Timekeeper

    /// - Parameter url: is a secret; it is never printed.
    package init(
        name: String = "slack", minimumSeverity: AlertSeverity = .info, url: String, transport: any HTTPTransport,
        time: any Timekeeper
    ) {
        self.name = name
        self.minimumSeverity = minimumSeverity
        self.url = url
        self.transport = transport
        self.time = time
    }

    package func deliver(_ notification: Notification) async -> Delivery {
        await HTTPDelivery.post(JSONText.encode(SlackMessage(notification)), to: url, over: transport) {
            self.time.now
        }
    }
}
