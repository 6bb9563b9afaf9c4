internal import Engine
internal import Reconciliation

/// A JSON body posted to an address, and what the answer says about the delivery.
enum HTTPDelivery {
    static let timeout = Duration.seconds(10)

    static func post(_ body: [UInt8], to url: String, over transport: any HTTPTransport, now: @Loop () -> Timestamp)
        async -> Delivery
    {
        let request = HTTPRequest(
            method: .post, url: url, headers: [HTTPHeader("Content-Type", "application/json")], body: body,
            timeout: timeout)
        do {
            return judge(try await transport.send(request), at: await now())
        } catch {
            return .failed(
                detail: "\(error.kind.rawValue): \(error.detail)", retryAfter: nil, permanent: error.kind == .invalid)
        }
    }

    /// 2xx is taken. Too many requests, time-outs and the receiver's own errors pass; a redirect (never followed)
    /// or any other refusal does not before somebody changes something.
    static func judge(_ response: HTTPResponse, at now: Timestamp) -> Delivery {
        switch response.status {
        case 200..<300:
            return .accepted
        case 408, 425, 429, 500...:
            let wish = response.header("Retry-After").flatMap { RetryAfter.pause($0, at: now) }
            return .failed(detail: "HTTP \(response.status)", retryAfter: wish, permanent: false)
        default:
            return .failed(detail: "HTTP \(response.status)", retryAfter: nil, permanent: true)
        }
    }
}
