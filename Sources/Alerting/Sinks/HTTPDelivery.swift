internal import Engine
internal import Reconciliation

/// A JSON body posted to an address, and what the answer says about the delivery.
enum HTTPDelivery {
    static let timeout = Duration.seconds(10)

    /// - Parameter accept: the media type of the answer that the receiver wants to be asked for, if any.
    static func post(
        _ body: [UInt8], to url: String, accept: String? = nil, over transport: any HTTPTransport,
        now: @Loop () -> Timestamp
    ) async -> Delivery {
        var request = HTTPRequest(
            to: url, method: .post, headers: [HTTPHeader("Content-Type", "application/json")], body: body,
            timeout: timeout)
        if let accept { request.headers.append(HTTPHeader("Accept", accept)) }
        do {
            return judge(try await transport.send(request), at: await now())
        } catch {
            let isInvalid = error.kind == .invalid
            return .failed(
                detail: "\(error.kind.rawValue): \(error.detail)", cause: isInvalid ? .address : nil, retryAfter: nil,
                permanent: isInvalid)
        }
    }

    /// 2xx is taken. What passes is tried again when the receiver wishes; a redirect (never followed) or any other
    /// refusal does not pass before somebody changes something.
    static func judge(_ response: HTTPResponse, at now: Timestamp) -> Delivery {
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
