/// Where reports are POSTed, how they are signed, and what goes wrong on the way.
package struct WebhookConfiguration: Sendable {
    /// How `X-IB-Signature` is written; the documentation does not say.
    package enum SignatureEncoding: String, Sendable, CaseIterable {
        /// Lower-case hexadecimal.
        case hex
        /// Base 64 with padding.
        case base64
    }

    /// `http://127.0.0.1:PORT/PATH`; nil = nobody registered one, and every webhook is lost.
    package var url: String?
    /// The HMAC key.
    package var secret = "sim-webhook-secret"
    /// See ``SignatureEncoding``.
    package var encoding = SignatureEncoding.hex
    /// The share of reports never sent.
    package var lostShare = 0.0
    /// The share of reports sent twice although the first was acknowledged.
    package var repeatedShare = 0.0
    /// The share of reports sent `delayMilliseconds` late.
    package var delayedShare = 0.0
    /// How late the delayed ones are.
    package var delayMilliseconds: Int64 = 5000
    /// How long an acknowledgement may take.
    package var timeoutMilliseconds: Int64 = 5000
    /// Attempts after the first.
    package var retries = 3
    /// The pause before each of them.
    package var retryMilliseconds: Int64 = 1000
    /// Deliveries under way at a time.
    package var maxInFlight = 16

    /// No address, no losses.
    package init() {}
}
