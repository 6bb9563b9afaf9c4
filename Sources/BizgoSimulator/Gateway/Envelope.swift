/// The layers around every answer: in `comm` the gateway's and the service's, in `omni` only one.
struct Envelope: Sendable {
    var generation = Generation.comm
    /// Tells requests apart in the provider's logs.
    var trackingId: String

    /// Both layers say success, and there is nothing else to say.
    func success() -> HTTPResponse {
        service("A000", "Success", status: 200)
    }

    /// Both layers say success, and the data is null.
    func successWithNull() -> HTTPResponse {
        wrapped("A000", "Success", status: 200) { $0.null("data") }
    }

    /// Both layers say success, with data.
    func success(ref: String? = nil, _ data: (inout JSONWriter) -> Void) -> HTTPResponse {
        wrapped("A000", "Success", status: 200) { json in
            json.field("ref", ifPresent: ref)
            json.object("data", data)
        }
    }

    func failure(_ code: ServiceCode, as200: Bool = false) -> HTTPResponse {
        service(code.rawValue, code.text, status: as200 ? 200 : code.status)
    }

    /// The gateway passed the call and the service answered with `code`.
    func service(_ code: String, _ text: String, status: Int) -> HTTPResponse {
        wrapped(code, text, status: status) { _ in }
    }

    private func wrapped(
        _ code: String, _ text: String, status: Int, _ rest: (inout JSONWriter) -> Void
    ) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            guard generation == .comm else { return flat(code, text, &json, rest) }
            common("A000", "Success", &json)
            json.object("data") { flat(code, text, &$0, rest) }
        }
        return HTTPResponse(status: status, body: json.bytes)
    }

    private func flat(_ code: String, _ text: String, _ json: inout JSONWriter, _ rest: (inout JSONWriter) -> Void) {
        json.field("code", code)
        json.field("result", text)
        rest(&json)
    }

    /// The gateway refused; there is no service layer at all.
    func gateway(_ code: String, _ text: String, status: Int) -> HTTPResponse {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            switch generation {
            case .comm: common(code, text, &json)
            case .omni: flat(code, text, &json) { _ in }
            }
        }
        return HTTPResponse(status: status, body: json.bytes)
    }

    private func common(_ code: String, _ text: String, _ json: inout JSONWriter) {
        json.object("common") { json in
            json.field("authCode", code)
            json.field("authResult", text)
            json.field("infobankTrId", trackingId)
        }
    }
}
