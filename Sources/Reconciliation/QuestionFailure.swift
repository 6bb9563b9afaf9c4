/// Why a question was not answered. Never evidence about a message.
package struct QuestionFailure: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// No connection, time-out, 5xx, or a service that says it is down.
        case unreachable
        /// The credentials, the address or the right to ask were refused.
        case refused
        /// Over the account's request limit (HTTP 429), with the provider's wish to wait, if it gave one.
        case rateLimited(retryAfter: Duration?)
        /// An answer that cannot be one: unreadable, too large, or about other messages.
        case nonsense
        /// A readable "no" to this one question.
        case rejected
        /// The token it was put with is not taken any more. It was not heard, and can be put again with another one.
        case lapsed
    }

    package var kind: Kind
    /// For people, without anything the provider worded itself: `HTTP 503`, `gateway A401: API key missing or refused`.
    package var detail: String
    /// What it is about more precisely, where its kind does not say what to do.
    package var cause: AlertCause?
    /// The provider's transaction id (`infobankTrId`), to quote in a support request.
    package var transactionID: String?
    /// HTTP's word that the same question must not be put again at once, whatever the codes that came with it.
    package var forbidsRetrying = false

    package init(_ kind: Kind, _ detail: String, cause: AlertCause? = nil, transactionID: String? = nil) {
        self.kind = kind
        self.detail = detail
        self.cause = cause
        self.transactionID = transactionID
    }

    /// Whether the same question may be asked again at once.
    package var isWorthRetrying: Bool {
        switch kind {
        case .unreachable, .rateLimited: !forbidsRetrying
        case .refused, .nonsense, .rejected, .lapsed: false
        }
    }

    /// The same where a lapse is not to be mended by another token.
    package var asRefusal: QuestionFailure {
        var failure = self
        if kind == .lapsed { failure.kind = .refused }
        return failure
    }
}
