package import Reconciliation

/// What becomes of webhooks, once it is known what they are.
@EventLoop
package protocol WebhookTaker: AnyObject {
    /// Takes a good report. Returns when it is committed; or kept in memory, where the store is in trouble or takes more
    /// than four seconds. Whoever sent it may be answered then.
    func take(_ entry: ReportEntry) async

    /// A report was not taken. Returns at once: nobody's answer waits for what is found out about it.
    /// - Parameter key: the message it claims to be about; nil where that could not be read.
    func rejected(_ kind: WebhookRejection, key: MessageKey?)

    /// A webhook came from there, taken or not: `check` wants to know of proxies. Returns at once.
    func seen(_ peer: WebhookPeer)
}

/// Why a report was not taken.
package enum WebhookRejection: String, Hashable, Sendable, CaseIterable {
    /// From an allowed address, with a wrong signature, an old one or none.
    case unsigned
    /// From an address that is not the provider's.
    case foreign
}

/// Where a webhook came from.
package struct WebhookPeer: Hashable, Sendable {
    /// The connection's address, without a port; `unix` for a Unix socket.
    package var connection: String
    /// Whether somebody forwarded it: it has `X-Forwarded-For`, believed or not.
    package var isForwarded: Bool
    /// Whose it was found to be; nil where that cannot be told.
    package var source: String?

    package init(connection: String, isForwarded: Bool, source: String?) {
        self.connection = connection
        self.isForwarded = isForwarded
        self.source = source
    }
}
