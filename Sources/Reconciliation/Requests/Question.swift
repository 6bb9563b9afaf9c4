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

/// One page of the history of sends: `message/history`. Generation `comm` only.
///
/// What `requestTime` means exactly is unverified (everything since it, that day, around it), and so is the order of
/// the pages (.github/PROVIDER.md). What a page contains is evidence; what it does not contain is evidence of nothing.
package struct HistoryQuestion: Hashable, Sendable {
    /// The most the provider gives on one page.
    package static let largestPage = 1000

    package var requestTime: Timestamp
    /// Where the page before it ended; nil for the first.
    package var cursor: Int64?

    package init(requestTime: Timestamp, cursor: Int64? = nil) {
        self.requestTime = requestTime
        self.cursor = cursor
    }

    /// For the page after that one; nil where the provider says that there is none, or no way leads on.
    package func following(_ page: HistoryPage) -> HistoryQuestion? {
        guard page.hasNext != false, let cursor = page.cursor, cursor != self.cursor,
            page.hasNext == true || !page.entries.isEmpty
        else { return nil }
        return HistoryQuestion(requestTime: requestTime, cursor: cursor)
    }
}

package struct HistoryPage: Hashable, Sendable {
    /// One for each message and channel, in the order of the page.
    package var entries: [ReportEntry]
    /// Where the next page begins, as the provider says.
    package var cursor: Int64?
    /// What the provider says of further pages; nil when it says nothing.
    package var hasNext: Bool?

    package init(entries: [ReportEntry], cursor: Int64?, hasNext: Bool?) {
        self.entries = entries
        self.cursor = cursor
        self.hasNext = hasNext
    }
}

/// How many messages there were, a day: `message/statistics`. Generation `comm` only.
package struct StatisticsQuestion: Hashable, Sendable {
    /// The first and the last, and those between.
    package var days: ClosedRange<KoreanDay>
    /// The provider's word for one kind of messages, as `ALIMTALK`; nil for all. It takes one only.
    package var serviceType: String?

    package init(days: ClosedRange<KoreanDay>, serviceType: String? = nil) {
        self.days = days
        self.serviceType = serviceType
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
    /// A send. Generation `comm` only. It has a rate of its own, and says nothing of how questions fare.
    case send
    /// About the whole account. Generation `comm` only.
    case statistics
    case senderProfile = "sender_profile"
    case senderSanction = "sender_sanction"

    /// No message waits for its answer: it only saves requests, so that the same is asked in another way, or it is about
    /// no message. When it fails, the provider is not failing.
    package var isDispensable: Bool {
        switch self {
        case .requestStatus, .history, .statistics, .senderProfile, .senderSanction: true
        case .reportInquiry, .messageStatus, .polling, .pollingAck, .token, .send: false
        }
    }

    /// Its place among all cases.
    var number: Int {
        switch self {
        case .reportInquiry: 0
        case .messageStatus: 1
        case .requestStatus: 2
        case .history: 3
        case .polling: 4
        case .pollingAck: 5
        case .token: 6
        case .send: 7
        case .statistics: 8
        case .senderProfile: 9
        case .senderSanction: 10
        }
    }
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
    /// What it is about more precisely, where its kind does not say what to do.
    package var cause: AlertCause?
    /// The provider's transaction id (`infobankTrId`), to quote in a support request.
    package var transactionID: String?
    /// HTTP's word that the same question must not be put again at once, whatever the codes that came with it.
    package var forbidsRetrying = false
    /// A connection broke: what else was under way fails by the same event.
    package var brokeConnection = false

    package init(_ kind: Kind, _ detail: String, cause: AlertCause? = nil, transactionID: String? = nil) {
        self.kind = kind
        self.detail = detail
        self.cause = cause
        self.transactionID = transactionID
    }

    /// This generation of the API has no such question.
    package static func notAskable(_ endpoint: Endpoint) -> QuestionFailure {
        QuestionFailure(.rejected, "not asked: this generation of the API has no \(endpoint.rawValue)")
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
