package import Engine
package import Reconciliation

/// Posts what its receiver takes to an address, as JSON.
@EventLoop
package final class HTTPSink: AlertSink {
    package let name: String
    package let minimumSeverity: AlertSeverity
    private let payload: HTTPPayload
    private let url: String
    private let transport: any HTTPTransport
    private let time: any Timekeeper

    /// For one delivery.
    private static let timeout = Duration.seconds(10)

    /// - Parameter url: holds a secret as a rule; it is never printed. Nil for the receiver's own.
    package init(
        _ payload: HTTPPayload, name: String, minimumSeverity: AlertSeverity = .info, url: String?,
        transport: any HTTPTransport, time: any Timekeeper
    ) {
        self.payload = payload
        self.name = name
        self.minimumSeverity = minimumSeverity
        self.url = payload.address(url)
        self.transport = transport
        self.time = time
    }

    package var refreshEvery: Duration? {
        if case .alertmanager(let refreshEvery) = payload { refreshEvery } else { nil }
    }

    package func deliver(_ notification: Notification) async -> Delivery {
        var request = HTTPRequest(
            to: url, method: .post, headers: [HTTPHeader("Content-Type", "application/json")],
            body: payload.body(notification), timeout: Self.timeout)
        if let accept = payload.accept { request.headers.append(HTTPHeader("Accept", accept)) }
        do {
            return Self.judge(try await transport.send(request), at: time.now)
        } catch {
            let isInvalid = error.kind == .invalid
            return .failed(
                detail: "\(error.kind.rawValue): \(error.detail)", cause: isInvalid ? .address : nil, retryAfter: nil,
                permanent: isInvalid)
        }
    }

    /// 2xx is taken. What passes is tried again when the receiver wishes; a redirect (never followed) or any other
    /// refusal does not pass before somebody changes something.
    private static func judge(_ response: HTTPResponse, at now: Timestamp) -> Delivery {
        let detail = "HTTP \(response.status)"
        if 200..<300 ~= response.status { return .accepted }
        if let cause = cause(response.status) {
            return .failed(detail: detail, cause: cause, retryAfter: nil, permanent: true)
        }
        let wish = response.header("Retry-After").flatMap { RetryAfter.pause($0, at: now) }
        return .failed(detail: detail, retryAfter: wish, permanent: false)
    }

    /// Nil for what passes: too many requests, time-outs, and the receiver's own errors.
    private static func cause(_ status: Int) -> AlertCause? {
        switch status {
        case 408, 425, 429, 500...: nil
        case 401, 403, 407: .key
        case 300..<400, 404, 405, 410: .address
        default: .content
        }
    }
}

/// What a receiver takes, and where. Each kind's body is in `ChatPayloads` or `EventPayloads`.
package enum HTTPPayload: Hashable, Sendable {
    /// A Slack incoming webhook, Mattermost's, or Discord's address with `/slack` appended.
    case slack
    /// A JANDI incoming webhook.
    case jandi
    /// The generic JSON.
    case webhook
    /// An Alertmanager (API v2), which groups, routes and repeats by its own rules.
    ///
    /// It takes an alert to be over at the alert's `endsAt`. While one fires it is posted again every `refreshEvery`, each
    /// time with an `endsAt` five times that ahead: four posts in a row may fail, or a restart take that long, without a
    /// false end; and of a daemon that died nothing is left firing for ever.
    case alertmanager(refreshEvery: Duration)
    /// PagerDuty (Events API v2): a trigger opens or updates the incident with that `dedup_key`, a resolve closes it.
    /// The routing key, a secret, is never printed.
    case pagerDuty(routingKey: String)

    func body(_ notification: Notification) -> [UInt8] {
        switch self {
        case .slack: JSONText.encode(SlackMessage(notification))
        case .jandi: JSONText.encode(JandiMessage(notification))
        case .webhook: JSONText.encode(GenericPayload(notification))
        case .alertmanager(let refreshEvery):
            JSONText.encode([AlertmanagerAlert(notification, validFor: refreshEvery * 5)])
        case .pagerDuty(let routingKey): JSONText.encode(PagerDutyEvent(notification, routingKey: routingKey))
        }
    }

    /// The media type of the answer that the receiver wants to be asked for: JANDI refuses requests that do not.
    fileprivate var accept: String? { self == .jandi ? "application/vnd.tosslab.jandi-v2+json" : nil }

    /// - Parameter configured: an Alertmanager's is the base address.
    fileprivate func address(_ configured: String?) -> String {
        switch self {
        case .slack, .jandi, .webhook: configured ?? ""
        case .alertmanager: Self.alertmanagerAddress("alerts", below: configured ?? "")
        case .pagerDuty: configured ?? Self.pagerDutyAddress
        }
    }

    package static let pagerDutyAddress = "https://events.pagerduty.com/v2/enqueue"

    /// `https://host/prefix/api/v2/status`; a query, which some proxies want a token in, stays at the end.
    package static func alertmanagerAddress(_ resource: String, below base: String) -> String {
        let path = base.prefix { $0 != "?" }
        let query = base.dropFirst(path.count)
        let folder = path.reversed().drop { $0 == "/" }.reversed()
        return String(folder) + "/api/v2/\(resource)" + query
    }
}

/// The value of a `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date like `Wed, 21 Oct 2015 07:28:00 GMT`.
enum RetryAfter {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let mostSeconds: Int64 = 10 * 365 * 86_400

    /// - Returns: nil for what is neither; zero for a date that has passed.
    static func pause(_ value: String, at now: Timestamp) -> Duration? {
        let words = value.split(whereSeparator: { $0 == " " || $0 == "\t" })
        if words.count == 1, let seconds = Int64(words[0]), seconds >= 0 {
            return .seconds(min(seconds, mostSeconds))
        }
        guard words.count == 6, words[5] == "GMT", words[1].count == 2, words[3].count == 4,
            let month = months.firstIndex(where: { $0 == words[2] })
        else { return nil }
        let monthNumber = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        guard let date = Timestamp(iso8601: "\(words[3])-\(monthNumber)-\(words[1])T\(words[4])", defaultOffset: 0)
        else { return nil }
        return max(date - now, .zero)
    }
}
