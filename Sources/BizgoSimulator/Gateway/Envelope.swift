internal import HTTP

/// The layers around every answer: in `comm` the gateway's and the service's, in `omni` only one.
struct Envelope: Sendable {
    var generation = Generation.comm
    /// Tells requests apart in the provider's logs.
    var trackingId: String

    /// Both layers say success, and there is nothing else to say.
    func success() -> ServerResponse {
        service("A000", "Success", status: 200)
    }

    /// Both layers say success, and the data is null.
    func successWithNull() -> ServerResponse {
        wrapped("A000", "Success", status: 200) { $0.null("data") }
    }

    /// Both layers say success, with data.
    func success(ref: String? = nil, _ data: (inout JSONWriter) -> Void) -> ServerResponse {
        wrapped("A000", "Success", status: 200) { json in
            json.field("ref", ifPresent: ref)
            json.object("data", data)
        }
    }

    func failure(_ code: ServiceCode, as200: Bool = false) -> ServerResponse {
        service(code.rawValue, code.text, status: as200 ? 200 : code.status)
    }

    /// The gateway passed the call and the service answered with `code`.
    func service(_ code: String, _ text: String, status: Int) -> ServerResponse {
        wrapped(code, text, status: status) { _ in }
    }

    private func wrapped(
        _ code: String, _ text: String, status: Int, _ rest: (inout JSONWriter) -> Void
    ) -> ServerResponse {
        var json = JSONWriter()
        json.object { json in
            guard generation == .comm else { return flat(code, text, &json, rest) }
            common("A000", "Success", &json)
            json.object("data") { flat(code, text, &$0, rest) }
        }
        return ServerResponse(status: status, body: json.bytes)
    }

    private func flat(_ code: String, _ text: String, _ json: inout JSONWriter, _ rest: (inout JSONWriter) -> Void) {
        json.field("code", code)
        json.field("result", text)
        rest(&json)
    }

    /// The gateway refused; there is no service layer at all.
    func gateway(_ code: String, _ text: String, status: Int) -> ServerResponse {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            switch generation {
            case .comm: common(code, text, &json)
            case .omni: flat(code, text, &json) { _ in }
            }
        }
        return ServerResponse(status: status, body: json.bytes)
    }

    private func common(_ code: String, _ text: String, _ json: inout JSONWriter) {
        json.object("common") { json in
            json.field("authCode", code)
            json.field("authResult", text)
            json.field("infobankTrId", trackingId)
        }
    }
}

/// Codes of the service layer the simulator answers with, and the HTTP status documented for each.
enum ServiceCode: String, Sendable {
    case success = "A000"
    case tokenOutOfDate = "A001"
    case unreadableJSON = "A010"
    case unmappableJSON = "A011"
    case rateLimit = "A020"
    case credentials = "A100"
    case wrongRequest = "A213"
    case serviceType = "A219"
    case wrongSend = "A300"
    case duplicate = "A301"
    case idempotencyKey = "A308"
    case idempotencyTTL = "A309"
    case tooManyRecipients = "A318"
    case senderKey = "A502"
    case pollingNotPermitted = "A801"
    case reportId = "A802"
    case noData = "A820"

    var status: Int {
        switch self {
        case .success: 200
        case .tokenOutOfDate, .credentials: 401
        case .rateLimit: 429
        case .reportId: 403
        default: 400
        }
    }

    var text: String {
        switch self {
        case .success: "Success"
        case .tokenOutOfDate: "Token expired"
        case .credentials: "Wrong credentials"
        case .unreadableJSON: "Cannot parse JSON"
        case .unmappableJSON: "Cannot map JSON"
        case .rateLimit: "Ratelimit(TPS) exceeded"
        case .wrongRequest: "Wrong request"
        case .serviceType: "Invalid serviceType"
        case .wrongSend: "Wrong send request"
        case .duplicate: "Already processed"
        case .idempotencyKey: "Invalid idempotencyKey"
        case .idempotencyTTL: "Invalid idempotencyTtl"
        case .tooManyRecipients: "More than 200 recipients"
        case .senderKey: "Invalid senderKey"
        case .pollingNotPermitted: "No permission to poll reports"
        case .reportId: "Invalid report id"
        case .noData: "No such data"
        }
    }
}
