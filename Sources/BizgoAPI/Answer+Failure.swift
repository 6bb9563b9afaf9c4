import Engine
import Reconciliation

/// Which answers are none, and why. Details hold statuses, codes and our own glosses, never the provider's words.
extension Answer {
    /// - Returns: nil for an answer: every layer says success, or the service says that there is no such data.
    func failure(_ envelope: Envelope?, _ scan: JSONScan.Finding) -> QuestionFailure? {
        let status = response.status
        let gateway = envelope?.gatewayCode
        let service = envelope?.serviceCode
        if status == 429 || gateway?.meaning == .rateLimit || service?.meaning == .rateLimit {
            let code = [gateway, service].compactMap { $0 }.first { $0.meaning == .rateLimit }
            return QuestionFailure(
                .rateLimited(retryAfter: RateLimitPause.duration(response.header("Retry-After"))),
                code?.description ?? "HTTP 429")
        }
        if let lapse = lapse(status, service) { return lapse }
        // Without it, it is not the API that speaks. A flat A404 that comes with HTTP 404 is HTTP's.
        let first = generation.hasGateway ? gateway : service.flatMap { $0.text == "A\(status)" ? nil : $0 }
        switch status {
        case 200..<300:
            return contentFailure(status, gateway, service, hasEnvelope: envelope != nil, scan)
        case 300..<400:
            return QuestionFailure(.refused, "HTTP \(status): redirect to another address, is api.base_url right?")
        case 401, 403:
            return accessFailure(status, gateway, service)
        case 404 where first == nil, 405 where first == nil:
            return QuestionFailure(.refused, "HTTP \(status): wrong api.base_url?")
        case 407:
            return QuestionFailure(.refused, "HTTP 407: the proxy wants authentication, see api.proxy")
        case 408, 500...:
            let code = [service, gateway].compactMap { $0 }.first { $0.text != ServiceCode.success }
            return QuestionFailure(.unreachable, "HTTP \(status)" + (code.map { ", \($0.description)" } ?? ""))
        default:
            return contentFailure(status, gateway, service, hasEnvelope: envelope != nil, scan)
        }
    }

    /// Generation `omni`: the token is not taken any more. HTTP 401 says so whatever the code; so do the codes for it.
    private func lapse(_ status: Int, _ service: ServiceCode?) -> QuestionFailure? {
        guard !generation.hasGateway else { return nil }
        let isJudgedByCode = (200..<300).contains(status) || (400..<500).contains(status)
        guard status == 401 || isJudgedByCode && ServiceCode.tokenRefusals.contains(service?.text ?? "") else {
            return nil
        }
        return QuestionFailure(.lapsed, noAccess(status, service))
    }

    private func noAccess(_ status: Int, _ service: ServiceCode?) -> String {
        let code = service.flatMap { $0.meaning == .success ? nil : $0 }
        // Without a gateway the service's code is the gateway's as well, whose meaning this then is.
        let words = code.map { $0.text == "A401" ? "A401: not authorized" : $0.description }
        return "HTTP \(status)" + (words.map { ", \($0)" } ?? "") + ". \(generation.accessHint)"
    }

    /// HTTP says yes, or no in a way that leaves the codes to say why.
    private func contentFailure(
        _ status: Int, _ gateway: ServiceCode?, _ service: ServiceCode?, hasEnvelope: Bool, _ scan: JSONScan.Finding
    ) -> QuestionFailure? {
        guard hasEnvelope else { return QuestionFailure(.nonsense, "HTTP \(status): \(Self.words(for: scan))") }
        if generation.hasGateway {
            guard let gateway else { return QuestionFailure(.nonsense, "HTTP \(status): no envelope (no authCode)") }
            if gateway.meaning != .success { return gatewayFailure(gateway) }
        }
        guard let service else { return QuestionFailure(.nonsense, "HTTP \(status): no service code") }
        if service.meaning == .noData { return nil }
        if service.meaning != .success { return serviceFailure(service) }
        guard (200..<300).contains(status) else {
            return QuestionFailure(.nonsense, "HTTP \(status), although its codes say success")
        }
        return nil
    }

    /// HTTP 401 or 403. The service uses them for other things as well, and then says so.
    private func accessFailure(
        _ status: Int, _ gateway: ServiceCode?, _ service: ServiceCode?
    ) -> QuestionFailure {
        if let gateway, gateway.meaning != .success {
            return QuestionFailure(.refused, "\(gateway.description). \(generation.accessHint)")
        }
        switch service?.meaning {
        case .request, .duplicate, .transient, .auth, .notPermitted:
            if let service { return serviceFailure(service) }
        case .noData, .success, .unknown, .rateLimit, nil:
            break
        }
        return QuestionFailure(.refused, noAccess(status, service))
    }

    /// The gateway let nothing through.
    private func gatewayFailure(_ code: ServiceCode) -> QuestionFailure {
        switch code.meaning {
        case .auth, .notPermitted:
            QuestionFailure(.refused, "\(code.description). \(generation.accessHint)")
        case .request where code.text == "A404" || code.text == "A405":
            QuestionFailure(.refused, "\(code.description). Is api.base_url right?")
        case .request, .duplicate, .noData:
            QuestionFailure(.rejected, code.description)
        case .transient, .unknown, .success, .rateLimit, nil:
            // What the gateway alone knows is about the way, not about the message.
            QuestionFailure(.unreachable, code.description)
        }
    }

    /// The service says no.
    private func serviceFailure(_ code: ServiceCode) -> QuestionFailure {
        switch code.meaning {
        case .auth where !generation.hasGateway:
            QuestionFailure(.refused, "\(code.description). \(generation.accessHint)")
        case .auth, .notPermitted:
            QuestionFailure(
                .refused, code.description + (code.remedy.map { ": \($0)" } ?? ""),
                cause: code.isAboutPolling ? .polling : nil)
        case .transient:
            QuestionFailure(.unreachable, code.description)
        case .unknown where (code.entry?.status ?? 0) >= 500:
            QuestionFailure(.unreachable, code.description)
        case .request, .duplicate, .unknown, .noData, .success, .rateLimit, nil:
            // A "no" to this one question, also where nobody knows why: such are not repeated at once.
            QuestionFailure(.rejected, code.description)
        }
    }

    private static func words(for scan: JSONScan.Finding) -> String {
        switch scan {
        case .bounded: "the answer is not a JSON object"
        case .empty: "the answer is empty"
        case .tooDeep: "the answer is nested too deeply"
        case .tooManyParts: "the answer has too many parts"
        case .notUTF8: "the answer is not UTF-8"
        }
    }
}

extension QuestionFailure {
    /// No answer arrived.
    init(_ error: TransportError) {
        switch error.kind {
        case .resolve: self.init(.unreachable, "host name not resolved")
        case .connect: self.init(.unreachable, "no connection")
        case .tls: self.init(.unreachable, "TLS certificate not accepted, or no TLS: \(error.detail)")
        case .timeout: self.init(.unreachable, "time-out")
        case .broken:
            self.init(.unreachable, "connection broken: \(error.detail)")
            brokeConnection = true
        case .tooLarge: self.init(.nonsense, "answer too large")
        // The message's part of the request is always sound, so it is what every request has.
        case .invalid: self.init(.refused, "the request cannot be sent: \(error.detail). See api.base_url and the key")
        }
    }
}

/// The `Retry-After` of an answer 429, which is unverified for this provider: it is honoured where it makes sense.
enum RateLimitPause {
    static let longest = Duration.seconds(60)

    /// - Returns: nil for anything but a finite number of seconds from 0 on, an HTTP date included.
    static func duration(_ text: String?) -> Duration? {
        // Swift would also read "0x10", "nan" and "inf".
        guard let words = text?.split(separator: " "), words.count == 1,
            words[0].utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }),
            let seconds = Double(words[0]), seconds.isFinite, seconds >= 0
        else { return nil }
        return min(.milliseconds(Int64(min(seconds, 3600) * 1000)), longest)
    }
}
