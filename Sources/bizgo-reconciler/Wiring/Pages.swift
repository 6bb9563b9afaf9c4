internal import Engine
internal import HTTP
internal import Operations

/// What may be seen of the daemon over HTTP, by those who may.
@EventLoop
final class Pages {
    private let page: LivePage?
    private let metrics: Metrics
    private let isReady: @EventLoop () -> Bool

    /// - Parameter isReady: whether a cycle ran, and the store has been good since.
    init(page: LivePage?, metrics: Metrics, isReady: @escaping @EventLoop () -> Bool) {
        self.page = page
        self.metrics = metrics
        self.isReady = isReady
    }

    func answer(_ request: ServerRequest) async -> ServerResponse {
        guard ["/", "/metrics", "/healthz", "/readyz"].contains(request.path) else { return .nothing }
        guard ["GET", "HEAD"].contains(request.method) else { return .notAllowed(but: "GET, HEAD") }
        var response = await content(request.path)
        // What it says holds for now.
        response.headers.append((name: "Cache-Control", value: "no-store"))
        return response
    }

    private func content(_ path: String) async -> ServerResponse {
        switch path {
        case "/metrics":
            return ServerResponse(
                status: 200, body: Array(metrics.text.utf8), contentType: "text/plain; version=0.0.4; charset=utf-8")
        case "/healthz":
            return .text(200, "alive")
        case "/readyz":
            guard isReady() else { return .text(503, "not ready: no cycle has run on a good store") }
            guard await page?.isReadable() == true else { return .text(503, "not ready: the store cannot be read") }
            return .text(200, "ready")
        default:
            guard let html = await page?.latest() else { return .text(503, "no page yet") }
            return ServerResponse(status: 200, body: Array(html.utf8), contentType: "text/html; charset=utf-8")
        }
    }
}
