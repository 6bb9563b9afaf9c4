import CurlTransport
import Engine

extension CurlTransport {
    /// - Parameter adjust: changes the configuration before use.
    static func forTests(_ adjust: (inout Configuration) -> Void = { _ in }) -> CurlTransport {
        var configuration = Configuration(
            userAgent: "bizgo-reconciler/test", connectTimeout: .seconds(10), timeout: .seconds(30))
        adjust(&configuration)
        return CurlTransport(configuration)
    }

    func get(_ path: String, from server: TestServer = .shared) async throws(TransportError) -> HTTPResponse {
        try await send(HTTPRequest(url: server.url(path)))
    }

    /// What the request fails with; nil when it does not.
    func failure(_ request: HTTPRequest) async -> TransportError? {
        do throws(TransportError) {
            _ = try await send(request)
            return nil
        } catch {
            return error
        }
    }

    func failure(_ path: String) async -> TransportError? {
        await failure(HTTPRequest(url: TestServer.shared.url(path)))
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
