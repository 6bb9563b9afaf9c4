/// How the simulated provider behaves: everything its documentation leaves open is a choice here.
package struct SimulatorConfiguration: Sendable {
    /// How "no report yet" and "no such message" are answered; but for the first and the last also an empty page of the
    /// history and "nothing to fetch".
    package enum EmptyAnswer: String, Sendable, CaseIterable {
        /// An empty list.
        case list
        /// `null` instead of the list.
        case null
        /// An object without the list.
        case absentList = "absent_list"
        /// The envelope alone.
        case absentData = "absent_data"
        /// `null` instead of the object with the list.
        case nullData = "null_data"
        /// HTTP 400 with service code A820.
        case a820
    }

    /// What `requestTime` of the history means.
    package enum RequestTimeReading: String, Sendable, CaseIterable {
        /// Everything requested at or after it.
        case since
        /// Everything requested on that day in Korea.
        case day
        /// Everything requested within an hour of it.
        case around
    }

    /// The order of the history's pages.
    package enum HistoryOrder: String, Sendable, CaseIterable {
        /// Oldest first.
        case ascending = "asc"
        /// Newest first.
        case descending = "desc"
        /// By a fixed order of its own; the channels of one message are pages apart.
        case shuffled
    }

    /// What a send with an idempotency key that is in force gets. Whether its entries have keys is open.
    package enum DuplicateAnswer: String, Sendable, CaseIterable {
        /// Success, and A301 with the `msgKey` for each recipient that was accepted.
        case withKey = "with_key"
        /// The same without the `msgKey`.
        case withoutKey = "without_key"
        /// A301 for the whole request.
        case refusal
    }

    /// What statistics count.
    package enum StatisticsCount: String, Sendable, CaseIterable {
        /// Messages: delivered where a channel was, failed when all of them have.
        case messages
        /// Each channel that was tried, as an entry of the history.
        case channels
    }

    /// Which sanctions are told of on a day.
    package enum SanctionDate: String, Sendable, CaseIterable {
        /// Those that began by then.
        case inForce = "in_force"
        /// Those that began on it.
        case applied
    }

    /// What the console says for the key.
    package enum ReportMethod: String, Sendable, CaseIterable {
        /// Reports are POSTed; polling is refused with A801.
        case webhook
        /// Reports are fetched; none is POSTed.
        case polling
    }

    /// The one accepted API key.
    package var key = "sim-key"
    /// The one client of generation `omni`.
    package var client = ClientConfiguration()
    /// The port on 127.0.0.1; 0 = any free one.
    package var port: UInt16 = 0
    /// Requests per second for all but sends; 0 = no limit.
    package var requestsPerSecond: Double = 5
    /// The bucket's size.
    package var burst: Double = 5
    /// Recipients per second for sends; 0 = no limit. The bucket holds one second of it.
    package var recipientsPerSecond: Double = 200
    /// `Retry-After` on 429, in seconds; nil = no such header.
    package var retryAfterSeconds: Int?
    /// Milliseconds every answer of the API takes longer, as a network would.
    package var latencyMilliseconds = 0
    /// Where outcomes and webhook fates come from.
    package var seed: UInt64 = 1
    /// See ``EmptyAnswer``.
    package var emptyAnswer = EmptyAnswer.list
    /// Whether answers begin with a byte order mark.
    package var byteOrderMark = false
    /// See ``RequestTimeReading``.
    package var requestTimeReading = RequestTimeReading.since
    /// See ``HistoryOrder``.
    package var historyOrder = HistoryOrder.ascending
    /// The share of messages that pages of the history leave out, channels and all.
    package var historyMissingShare = 0.0
    /// The share of messages, of those with several channels, of which pages of the history leave out the channels that
    /// delivered.
    package var historyHiddenShare = 0.0
    /// See ``StatisticsCount``.
    package var statisticsCount = StatisticsCount.messages
    /// Milliseconds by which statistics are behind.
    package var statisticsDelayMilliseconds: Int64 = 0
    /// See ``SanctionDate``.
    package var sanctionDate = SanctionDate.inForce
    /// See ``DuplicateAnswer``.
    package var duplicateAnswer = DuplicateAnswer.withKey
    /// See ``ReportMethod``.
    package var reportMethod = ReportMethod.webhook
    /// Where and how reports are POSTed.
    package var webhook = WebhookConfiguration()
    /// Outcomes of accepted messages.
    package var outcomes = OutcomeWeights.mixed
    /// The codes a failed report draws from.
    package var failureCodes = ["64016", "22003", "23001", "64001"]
    /// The code of an uncertain report.
    package var uncertainCode = "63005"
    /// How long reports take.
    package var reportDelay = DelayDistribution.fixed(milliseconds: 0)
    /// Milliseconds after which a message is no longer found.
    package var windowMilliseconds: Int64 = 30 * 86_400_000
    /// Milliseconds after which a report not polled is dropped.
    package var pollingMilliseconds: Int64 = 3 * 86_400_000
    /// Reports in one polled batch at most.
    package var pollingBatch = 1000
    /// Whether service failures come with HTTP 200 instead of the documented status.
    package var serviceFailuresAs200 = false
    /// The name of a report's text; some deployments call it `resultMsg`.
    package var reportTextField = "reportText"

    /// The documented behaviour.
    package init() {}

    var planner: OutcomePlanner {
        OutcomePlanner(
            weights: outcomes, failureCodes: failureCodes, uncertainCode: uncertainCode, delay: reportDelay)
    }
}

extension SimulatorConfiguration {
    /// Whether webhooks can go there: plain HTTP to loopback.
    package static func isWebhookURL(_ url: String) -> Bool {
        WebhookTarget(url) != nil
    }
}

/// Who gets tokens of generation `omni`, and what they are like.
package struct ClientConfiguration: Sendable {
    /// How `data.expired` is written; the documentation does not say.
    package enum Expiry: String, Sendable, CaseIterable {
        /// `2026-01-12T11:00:00+09:00`
        case iso8601
        /// `yyyyMMddHHmmss`, Korean time.
        case compact
        /// Seconds since 1970, a number.
        case unix
        /// Milliseconds since 1970, a number.
        case unixMilliseconds = "unix_ms"
        /// None at all.
        case missing
        /// A text that is no time.
        case garbage
    }

    /// `X-IB-Client-Id`
    package var id = "sim-client"
    /// `X-IB-Client-Passwd`
    package var password = "sim-password"
    /// How long a token is taken.
    package var tokenLifetimeMilliseconds: Int64 = 24 * 3_600_000
    /// See ``Expiry``.
    package var expiry = Expiry.iso8601
    /// Tokens a minute, and at once; 0 = no limit.
    package var tokensPerMinute: Double = 6

    /// The documented behaviour.
    package init() {}
}

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
