/// Why a report was not taken.
package enum WebhookRejection: Hashable, Sendable {
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
