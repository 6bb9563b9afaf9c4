import Engine

/// Answers every request with the same result, and keeps the requests.
@Loop
final class ScriptedTransport: HTTPTransport {
    private(set) var requests: [HTTPRequest] = []
    private let result: Result<HTTPResponse, TransportError>

    init(_ result: Result<HTTPResponse, TransportError>) {
        self.result = result
    }

    convenience init(status: Int, headers: [HTTPHeader] = []) {
        self.init(.success(HTTPResponse(status: status, headers: headers)))
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        requests.append(request)
        return try result.get()
    }
}
