/// One request to the provider about the messages it names.
package enum Question: Hashable, Sendable {
    /// The reports of a message: `report/inquiry`. Lists only channels whose outcome is known.
    case reports(MessageKey)
    /// The state of a message on every channel: `message/inquiry/msgKey`. Generation `comm` only.
    case channels(MessageKey)
    /// The same for all messages of one send: `message/inquiry/requestId`. Generation `comm` only.
    case request(RequestID)

    /// The message asked about, if it is one.
    package var key: MessageKey? {
        switch self {
        case .reports(let key), .channels(let key): key
        case .request: nil
        }
    }

    package var endpoint: Endpoint {
        switch self {
        case .reports: .reportInquiry
        case .channels: .messageStatus
        case .request: .requestStatus
        }
    }
}

/// What is asked of the provider, and can fail by itself. The words are those of log lines and metrics.
package enum Endpoint: String, CaseIterable, Sendable {
    case reportInquiry = "report_inquiry"
    case messageStatus = "message_status"
    case requestStatus = "request_status"
    case history
    case polling
    case pollingAck = "polling_ack"
    /// What every other request needs. Generation `omni` only.
    case token

    /// Only saves requests. When it fails, the same is asked in another way, and the provider is not failing.
    package var isShortcut: Bool { self == .requestStatus || self == .history }
}

/// Who goes first when requests have to wait for the rate limit.
package enum Urgency: Hashable, Sendable {
    case urgent
    /// A sweep: gives way to everything else.
    case bulk
}

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
    /// The provider's transaction id (`infobankTrId`), to quote in a support request.
    package var transactionID: String?

    package init(_ kind: Kind, _ detail: String, transactionID: String? = nil) {
        self.kind = kind
        self.detail = detail
        self.transactionID = transactionID
    }

    /// Whether the same question may be asked again at once (api.md, "Limits"): 429, 5xx and network errors.
    package var isWorthRetrying: Bool {
        switch kind {
        case .unreachable, .rateLimited: true
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
