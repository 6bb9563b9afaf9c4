/// The two layers around every answer: the gateway's and the service's.
struct Envelope: Sendable {
    /// Tells requests apart in the provider's logs.
    var trackingId: String

    /// Both layers say success, and there is nothing else to say.
    func success() -> HTTPResponse {
        service("A000", "Success", status: 200)
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
            common("A000", "Success", &json)
            json.object("data") { json in
                json.field("code", code)
                json.field("result", text)
                rest(&json)
            }
        }
        return HTTPResponse(status: status, body: json.bytes)
    }

    /// The gateway refused; there is no service layer at all.
    func gateway(_ code: String, _ text: String, status: Int) -> HTTPResponse {
        var json = JSONWriter(capacity: 128)
        json.object { common(code, text, &$0) }
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
