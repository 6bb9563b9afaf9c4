internal import BizgoAPI
internal import Engine
internal import HTTP
internal import Operations
internal import Reconciliation

/// What the daemon answers over HTTP: webhooks, and pages for those who may see them. It knows the ways; what lies at
/// their ends is others'.
///
/// One serves as long as the process lives. A configuration that listens elsewhere opens a door of its own before the
/// one there was is closed; one that does not keeps it, with all who are connected.
@EventLoop
final class Listener {
    /// One configuration's.
    @EventLoop
    struct Routes {
        var http: Settings.Http
        var webhookPath: String
        var reader: WebhookReader
        var taker: WebhookIntake
        var pages: Pages
        var recorder: SendRecorder

        /// - Parameter isReady: whether a cycle ran, and the store has been good since.
        init(_ session: Session, metrics: Metrics, isReady: @escaping @EventLoop () -> Bool) {
            let settings = session.loaded.settings
            http = settings.http
            webhookPath = settings.webhook.path
            reader = WebhookReader(session.loaded)
            taker = session.webhooks
            pages = Pages(page: session.page, metrics: metrics, isReady: isReady)
            recorder = SendRecorder(session.store, settings, time: SystemTime())
        }
    }

    /// A place where it listens.
    @EventLoop
    struct Door {
        fileprivate let listen: Settings.Http.Listen
        fileprivate let server: HTTPServer
        /// That was free, where any would do; 0 where it is no port.
        let port: UInt16

        /// Closes what nobody came through.
        func close() { server.stop() }
    }

    private var routes: Routes?
    private var door: Door?
    private var isLeaving = false
    private var left: CheckedContinuation<Void, Never>?
    private let poller = SocketPoller(queue: EventLoop.queue)
    private let sockets: InheritedSockets
    private let time: any Timekeeper
    private let meter: any MetricsRecorder

    private static let cstalk = "/cstalk/"

    /// - Parameter sockets: that were handed on.
    init(sockets: InheritedSockets, time: any Timekeeper, meter: any MetricsRecorder) {
        self.sockets = sockets
        self.time = time
        self.meter = meter
    }

    // MARK: Doors

    /// Opens the door that a configuration wants, unless it is open already or it wants none.
    /// - Throws: exit 78.
    func open(_ settings: Settings) throws(CommandFailure) -> Door? {
        guard let listen = settings.http.listen, listen != door?.listen else { return nil }
        let places = DescriptorLimit.listenerPlaces(maxInFlight: settings.api.maxInFlight)
        let server = HTTPServer(poller: poller, limits: Self.limits(places), handler: self)
        var actualPort: UInt16 = 0
        do throws(HTTPServer.StartError) {
            switch listen {
            case .port(let address, let port): actualPort = try server.start(on: .port(address, port))
            case .unix(let path): try server.start(on: .unix(path: path))
            case .systemd:
                let copies = sockets.copies()
                guard !copies.isEmpty else {
                    throw HTTPServer.StartError(
                        description:
                            "\"systemd\", and systemd handed no socket on: is bizgo-reconciler.socket enabled and started?"
                    )
                }
                for descriptor in copies { try server.start(on: .inherited(descriptor: descriptor)) }
            }
        } catch {
            server.stop()
            throw CommandFailure(.configuration, "http.listen: \(error.description)")
        }
        return Door(listen: listen, server: server, port: actualPort)
    }

    /// Takes a configuration over, and the door that was opened for it.
    func adopt(_ routes: Routes, _ opened: Door?) {
        self.routes = routes
        guard !isLeaving else {
            opened?.close()
            return
        }
        guard opened != nil || routes.http.listen == nil else { return }
        let former = door
        door = opened
        guard let server = former?.server else { return }
        server.leave { server.stop() }
    }

    /// Lets nobody in any more, and answers those who are. Whoever is not answered by then is not answered.
    func leave(within limit: Duration) {
        guard let server = door?.server, !isLeaving else { return }
        isLeaving = true
        server.leave { [weak self] in EventLoop.assumeIsolated { self?.hasLeft() } }
        EventLoop.task { [self] in
            try? await time.sleep(for: limit)
            hasLeft()
        }
    }

    /// Returns when all are gone.
    func close() async {
        if isLeaving, door != nil { await withCheckedContinuation { left = $0 } }
        hasLeft()
    }

    private func hasLeft() {
        door?.close()
        door = nil
        left?.resume()
        left = nil
    }

    /// A webhook is some hundred bytes, an answer to a send of 200 recipients some 20,000.
    private static func limits(_ places: Int) -> HTTPServer.Limits {
        var limits = HTTPServer.Limits()
        limits.request.body = 64 * 1024
        limits.request.takesChunks = false
        limits.request.wantsLength = true
        limits.connections = places
        limits.unknownConnections = min(places / 2, 256)
        return limits
    }

    // MARK: Ways

    private func route(_ exchange: HTTPExchange) {
        guard let routes else { return exchange.send(.nothing) }
        let request = exchange.request
        var peer: IPAddress?
        if case .address(let address) = exchange.peer { peer = address }
        let origin = RequestOrigin(
            peer: peer, headers: request.headers.map { ($0.name, $0.value) }, trusted: routes.http.trustedProxies)
        if request.method == "POST", let suffix = Self.suffix(of: request.path, behind: routes.webhookPath) {
            return webhook(exchange, from: origin, suffix: suffix, routes)
        }
        guard origin.maySee(pagesFor: routes.http.pagesFor) else { return exchange.send(.nothing) }
        EventLoop.task { await self.visit(exchange) }
    }

    /// By somebody who may.
    private func visit(_ exchange: HTTPExchange) async {
        guard let routes else { return }
        let request = exchange.request
        guard request.path == "/record" else { return exchange.send(await routes.pages.answer(request)) }
        exchange.send(request.method == "POST" ? await routes.recorder.record(request.body) : .notAllowed(but: "POST"))
    }

    /// What follows the webhook's path; nil where the request is for something else.
    private static func suffix(of path: String, behind webhookPath: String) -> String? {
        guard path.hasPrefix(webhookPath) else { return nil }
        let suffix = String(path.dropFirst(webhookPath.count))
        return suffix.isEmpty || suffix == "/" || suffix.hasPrefix(cstalk) ? suffix : nil
    }

    private func webhook(_ exchange: HTTPExchange, from origin: RequestOrigin, suffix: String, _ routes: Routes) {
        let began = time.uptime
        let request = exchange.request
        let reading = routes.reader.read(
            from: origin, suffix: suffix, headers: request.headers, body: request.body, at: time.now)
        routes.taker.seen(WebhookPeer(origin, request))
        let answer = ServerResponse(status: 200, body: reading.answer)
        switch reading.verdict {
        case .taken(let entry):
            EventLoop.task {
                await self.take(entry)
                self.answer(exchange, answer, .taken, since: began)
            }
            return
        case .foreign(let key): routes.taker.rejected(.foreign, key: key)
        case .unsigned(let key): routes.taker.rejected(.unsigned, key: key)
        case .ignored, .unreadable: break
        }
        self.answer(exchange, answer, WebhookResult(reading.verdict), since: began)
    }

    private func take(_ entry: ReportEntry) async {
        await routes?.taker.take(entry)
    }

    private func answer(
        _ exchange: HTTPExchange, _ answer: ServerResponse, _ result: WebhookResult, since began: Duration
    ) {
        exchange.send(answer)
        meter.answered(webhook: result, took: time.uptime - began)
    }

    private func hasPlace(_ peer: HTTPServer.Peer) -> Bool {
        guard let routes, case .address(let address) = peer else { return true }
        return routes.http.trustedProxies.contain(address) || routes.reader.allow.contain(address)
    }
}

// All of it runs on the server's queue, which is the loop's.
extension Listener: HTTPServer.Handler {
    nonisolated func isKnown(_ peer: HTTPServer.Peer) -> Bool { EventLoop.assumeIsolated { hasPlace(peer) } }

    nonisolated func accepted() {}

    nonisolated func answer(_ exchange: HTTPExchange) { EventLoop.assumeIsolated { route(exchange) } }

    /// Too long and too slow have statuses of their own; all else that is no request is 400.
    nonisolated func refusal(of flaw: RequestFlaw) -> ServerResponse {
        switch flaw {
        case .tooSlow, .bodyTooLong, .headersTooLong: ServerResponse(status: flaw.status)
        default: ServerResponse(status: RequestFlaw.malformed.status)
        }
    }

    nonisolated func ended(_ request: ServerRequest) {}
}

extension WebhookReader {
    fileprivate init(_ loaded: LoadedConfiguration) {
        let webhook = loaded.settings.webhook
        self.init(
            allow: webhook.allow, secrets: loaded.webhookSecrets.map { $0.reveal() }, tolerance: webhook.tolerance)
    }
}

extension WebhookResult {
    init(_ verdict: WebhookVerdict) {
        self =
            switch verdict {
            case .taken: .taken
            case .ignored: .ignored
            case .foreign: .foreign
            case .unsigned: .unsigned
            case .unreadable: .unreadable
            }
    }
}

extension WebhookPeer {
    fileprivate init(_ origin: RequestOrigin, _ request: ServerRequest) {
        let source: String? =
            switch origin.client {
            case .address(let address): address.description
            case .local: "unix"
            case .unknown: nil
            }
        self.init(
            connection: origin.peer?.description ?? "unix", isForwarded: request.header("x-forwarded-for") != nil,
            source: source)
    }
}

extension ServerResponse {
    /// For whatever is not there, and for whom it is not there.
    static var nothing: ServerResponse { text(404, "not found") }

    static func text(_ status: Int, _ line: String) -> ServerResponse {
        ServerResponse(status: status, body: Array("\(line)\n".utf8), contentType: "text/plain; charset=utf-8")
    }

    static func notAllowed(but methods: String) -> ServerResponse {
        var response = text(405, "only \(methods)")
        response.headers = [(name: "Allow", value: methods)]
        return response
    }
}
