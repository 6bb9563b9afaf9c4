internal import HTTP

/// Turns a fault into bytes. Pure; big bodies are made once and kept.
struct FaultPlayer: Sendable {
    private struct Shape: Hashable {
        var generation: Generation
        var size: Int
    }

    private var oversize: [Shape: [UInt8]] = [:]
    private var bombs: [Shape: [UInt8]] = [:]

    static let defaultOversize = 20 * 1024 * 1024
    static let redirectTarget = "/_sim/redirected"

    /// The reply to a request that a fault befalls. `right` is the answer it would have had, for the kinds that
    /// spoil it.
    mutating func play(
        _ fault: FaultRule, of request: ServerRequest, argument: String, envelope: Envelope, right: ServerResponse?
    ) -> (reply: Reply, status: Int) {
        switch fault.kind {
        case .reset, .close:
            return (Reply(bytes: [], ending: fault.kind == .reset ? .reset : .close), 0)
        case .garbage where fault.raw:
            return (Reply(bytes: Array("\u{1}\u{2}SSH-2.0-not-http\r\n\r\n".utf8), ending: .close), 0)
        case .delay, .slow, .truncate:
            let response = right ?? ServerResponse(status: 200)
            var reply = Reply(response, to: request)
            switch fault.kind {
            case .delay: reply.delayMilliseconds = fault.delayMilliseconds ?? 1000
            case .slow:
                reply.drip = .init(bytes: fault.bytes ?? 1, everyMilliseconds: fault.delayMilliseconds ?? 100)
            default:
                reply.bytes.removeLast(max(1, min(reply.bytes.count, response.body.count / 2)))
                reply.ending = .close
            }
            return (reply, response.status)
        default:
            let response = response(fault, argument: argument, envelope: envelope)
            var reply = Reply(response, to: request)
            reply.delayMilliseconds = fault.delayMilliseconds ?? 0
            return (reply, response.status)
        }
    }

    private mutating func response(_ fault: FaultRule, argument: String, envelope: Envelope) -> ServerResponse {
        var response: ServerResponse
        switch fault.kind {
        case .status:
            let status = fault.status ?? 500
            response =
                fault.code.map { coded(fault, $0, status, envelope) }
                ?? envelope.gateway("A\(status)", "Simulated", status: status)
        case .serviceCode:
            response = coded(fault, fault.code ?? "A999", fault.status ?? 200, envelope)
        case .authMissingData:
            response = envelope.gateway(fault.code ?? "A401", "Unauthorized", status: fault.status ?? 401)
        case .redirect:
            response = ServerResponse(status: fault.status ?? 302)
            response.headers.append((name: "Location", value: fault.location ?? Self.redirectTarget))
        case .oversize:
            let size = fault.bytes ?? Self.defaultOversize
            response = ServerResponse(status: 200, body: big(size, envelope))
        case .gzipBomb:
            let size = fault.bytes ?? Self.defaultOversize
            response = ServerResponse(status: 200, body: bomb(size, envelope))
            response.headers.append((name: "Content-Encoding", value: "gzip"))
        case .wrongKey:
            response = wrongKey(argument, envelope)
        case .deepJSON:
            let depth = fault.depth ?? 10_000
            let (opening, closing) = Self.frame(envelope)
            let nested = Array(repeating: UInt8(ascii: "["), count: depth)
            response = ServerResponse(
                status: 200, body: opening + nested + nested.map { _ in UInt8(ascii: "]") } + closing)
        case .body:
            response = ServerResponse(status: fault.status ?? 200, body: Array((fault.body ?? "").utf8))
        case .emptyBody:
            response = ServerResponse(status: fault.status ?? 200)
        default:
            let html = "<!doctype html><title>Maintenance</title><p>We will be back soon."
            response = ServerResponse(status: fault.status ?? 200, body: Array(html.utf8), contentType: "text/html")
        }
        if let seconds = fault.retryAfter { response.headers.append((name: "Retry-After", value: seconds)) }
        return response
    }

    private func coded(_ fault: FaultRule, _ code: String, _ status: Int, _ envelope: Envelope) -> ServerResponse {
        fault.isGatewayLayer
            ? envelope.gateway(code, "Simulated", status: status)
            : envelope.service(code, "Simulated", status: status)
    }

    /// Success in both layers and a delivered report under a key nobody asked for.
    private func wrongKey(_ argument: String, _ envelope: Envelope) -> ServerResponse {
        let other = "99991231235959999XXX" + String(argument.suffix(12).reversed())
        let message = MessagePlan(
            msgKey: other, acceptedAt: 0, channels: [ChannelPlan(.alimtalk, startsAt: 0, reportCode: "10000")])
        let view = ReportView(message: message, channel: 0)
        return envelope.success { json in
            json.array("report") { view.write(to: &$0, textField: "reportText") }
            json.array("messages") { view.writeStatus(to: &$0, textField: "reportText", now: 1) }
        }
    }

    private mutating func big(_ size: Int, _ envelope: Envelope) -> [UInt8] {
        let shape = Shape(generation: envelope.generation, size: size)
        if let known = oversize[shape] { return known }
        let (opening, closing) = Self.frame(envelope)
        let quote = [UInt8(ascii: "\"")]
        let made = opening + quote + Array(repeating: UInt8(ascii: "A"), count: size) + quote + closing
        oversize[shape] = made
        return made
    }

    private mutating func bomb(_ size: Int, _ envelope: Envelope) -> [UInt8] {
        let shape = Shape(generation: envelope.generation, size: size)
        if let known = bombs[shape] { return known }
        let (opening, closing) = Self.frame(envelope)
        let quote = [UInt8(ascii: "\"")]
        let made = Gzip.run(of: UInt8(ascii: "A"), count: size, between: opening + quote, and: quote + closing)
        bombs[shape] = made
        return made
    }

    /// A successful envelope around one value to be put between the two.
    private static func frame(_ envelope: Envelope) -> (opening: [UInt8], closing: [UInt8]) {
        var body = envelope.success { json in
            json.array("report") { _ in }
            json.field("padding", "")
        }.body
        let closing = Array((envelope.generation == .comm ? "}}}" : "}}").utf8)
        body.removeLast(2 + closing.count)
        return (body, closing)
    }
}
