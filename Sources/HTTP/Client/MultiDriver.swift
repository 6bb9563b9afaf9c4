import CCurl
import Dispatch
import Engine
import Glibc

/// Owns libcurl's multi handle, and calls it when a socket is ready or its time has come. Every call to libcurl and
/// every callback of it happens on the loop's queue; no callback calls libcurl.
@EventLoop
final class MultiDriver {
    /// Easy handles kept for later requests.
    private static let maximumIdleHandles = 64

    private var configuration: CurlTransport.Configuration
    private var isBrokenOff = false
    /// Nil once closed.
    private var multi: UnsafeMutableRawPointer?
    private var sockets: SocketSet?
    private var timer: LazyTimer?
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    private var idleHandles: [EasyHandle] = []
    private var turnIsQueued = false

    init(_ configuration: CurlTransport.Configuration) {
        self.configuration = configuration
        precondition(CurlLibrary.isReady, "libcurl cannot be initialized")
        guard let multi = curl_multi_init() else { preconditionFailure("no memory for libcurl") }
        self.multi = multi
        sockets = SocketSet { [weak self] in self?.act(on: $0, $1) }
        timer = LazyTimer { [weak self] in self?.act(on: CURL_SOCKET_TIMEOUT, 0) }
        let limit = max(configuration.maximumConnections, 1)
        for option in [CURLMOPT_MAX_TOTAL_CONNECTIONS, CURLMOPT_MAXCONNECTS] {
            _ = ccurl_multi_set_long(multi, option, limit)
        }
        // Unretained: `close()` ends the multi before self ends.
        let me = Unmanaged.passUnretained(self).toOpaque()
        _ = ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, me)
        _ = ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, me)
        _ = ccurl_multi_set_socket_callback(multi) { _, socket, interest, context, _ in
            MultiDriver.enter(context) { $0.sockets?.watch(socket, for: interest) ?? true } ? 0 : -1
        }
        _ = ccurl_multi_set_timer_callback(multi) { _, milliseconds, context in
            MultiDriver.enter(context) { $0.setTimer(milliseconds) }
            return 0
        }
    }

    /// - Parameter completion: called once, later or at once.
    func start(_ request: HTTPRequest, completion: @escaping Transfer.Completion) {
        guard let multi else { preconditionFailure("used after it was closed") }
        guard !isBrokenOff else { return completion(.failure(.cancelled)) }
        do throws(TransportError) {
            let easy = try handle()
            let transfer = try Transfer(request, on: easy, configuration, completion: completion)
            transfers[easy.pointer] = transfer
            let code = curl_multi_add_handle(multi, easy.pointer)
            if code != CURLM_OK {
                transfers[easy.pointer] = nil
                throw TransportError(code)
            }
        } catch {
            completion(.failure(error))
        }
    }

    /// Ends the transfers under way; later ones fail at once. Waits for nobody, a resolver included (CURLOPT_QUICK_EXIT).
    /// - Returns: how many were under way.
    func breakOff() -> Int {
        guard let multi else { return 0 }
        isBrokenOff = true
        let broken = transfers
        transfers = [:]
        for (pointer, transfer) in broken {
            curl_multi_remove_handle(multi, pointer)
            transfer.fail(.cancelled)
        }
        return broken.count
    }

    /// Ends everything; self can only be released afterwards.
    func close() {
        guard let multi else { return }
        _ = breakOff()
        idleHandles = []
        // Closes the connections, and their sockets through the callbacks.
        curl_multi_cleanup(multi)
        self.multi = nil
        sockets?.forgetAll()
        timer?.cancel()
    }

    /// From a callback of libcurl's, which is always within one of the loop's calls.
    nonisolated private static func enter<Value: Sendable>(
        _ context: UnsafeMutableRawPointer?, _ body: @EventLoop (MultiDriver) -> Value
    ) -> Value {
        guard let context else { preconditionFailure("libcurl lost the callback's context") }
        // The pointer is only read; what it points to is the loop's.
        nonisolated(unsafe) let pointer = context
        return EventLoop.assumeIsolated {
            body(Unmanaged<MultiDriver>.fromOpaque(pointer).takeUnretainedValue())
        }
    }

    private func setSocketCallbacks(_ easy: EasyHandle) throws(TransportError) {
        try easy.setSocketCallbacks(
            open: { context, _, address in
                guard let address = address?.pointee else { return CURL_SOCKET_BAD }
                let (family, type, number) = (address.family, address.socktype, address.protocol)
                return MultiDriver.enter(context) {
                    $0.sockets?.open(family: family, type: type, protocol: number) ?? CURL_SOCKET_BAD
                }
            },
            close: { context, socket in
                MultiDriver.enter(context) { $0.sockets?.close(socket) }
                return 0
            }, context: Unmanaged.passUnretained(self).toOpaque())
    }

    /// - Parameter milliseconds: until libcurl wants to be called; negative for never.
    private func setTimer(_ milliseconds: Int) {
        timer?.set(milliseconds > 0 ? .milliseconds(milliseconds) : nil)
        // At once, but not from within a callback.
        guard milliseconds == 0, !turnIsQueued else { return }
        turnIsQueued = true
        EventLoop.queue.async { [weak self] in
            EventLoop.assumeIsolated {
                self?.turnIsQueued = false
                self?.act(on: CURL_SOCKET_TIMEOUT, 0)
            }
        }
    }

    private func act(on socket: Int32, _ events: Int32) {
        guard let multi else { return }
        var running: Int32 = 0
        // Its only errors are misuse.
        _ = curl_multi_socket_action(multi, socket, events, &running)
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let pointer = message.pointee.easy_handle else { continue }
            let code = ccurl_message_result(message)
            // From here on the message is gone.
            curl_multi_remove_handle(multi, pointer)
            guard let transfer = transfers.removeValue(forKey: pointer) else { continue }
            transfer.finish(code)
            // Who speaks HTTP/2 says which requests he has not taken when he ends a connection: those may be sent again.
            if transfer.easy.speaksHTTP2 { configuration.sendsOnce = false }
            recycle(transfer)
        }
    }

    private func handle() throws(TransportError) -> EasyHandle {
        let idle = idleHandles.popLast()
        let easy = if let idle { idle } else { try EasyHandle() }
        if easy.isBlank {
            try easy.apply(configuration)
            try Transfer.prepare(easy)
            try setSocketCallbacks(easy)
        }
        return easy
    }

    private func recycle(_ transfer: Transfer) {
        guard idleHandles.count < Self.maximumIdleHandles else { return }
        if !transfer.leavesHandleClean { transfer.easy.reset() }
        idleHandles.append(transfer.easy)
    }
}

/// A timer that is set anew with every transfer, many times a second, and nearly never fires. Moving it later or
/// disarming it costs nothing: the dispatch source stays where it is, and looks again when its time has come.
@EventLoop
private final class LazyTimer {
    private let source: any DispatchSourceTimer
    /// When to fire; nil for never.
    private var wanted: DispatchTime?
    /// When the source fires.
    private var armed: DispatchTime?
    private let action: @EventLoop () -> Void

    init(action: @escaping @EventLoop () -> Void) {
        self.action = action
        source = DispatchSource.makeTimerSource(queue: EventLoop.queue)
        source.setEventHandler { [weak self] in
            EventLoop.assumeIsolated { self?.elapsed() }
        }
        // From here on it may be released at any time, cancelled or not.
        source.activate()
    }

    /// - Parameter delay: from now; nil disarms.
    func set(_ delay: DispatchTimeInterval?) {
        wanted = delay.map { .now() + $0 }
        arm()
    }

    func cancel() {
        wanted = nil
        source.cancel()
    }

    private func arm() {
        guard let wanted, armed.map({ wanted < $0 }) ?? true else { return }
        armed = wanted
        source.schedule(deadline: wanted)
    }

    private func elapsed() {
        armed = nil
        guard let wanted else { return }
        guard wanted <= .now() else { return arm() }
        self.wanted = nil
        action()
    }
}

/// What libcurl wants done once in a process.
private enum CurlLibrary {
    /// Touch it before anything else of libcurl's.
    static let isReady: Bool = {
        // TLS libraries write(2) to sockets that may be closed at the other end, and with CURLOPT_NOSIGNAL libcurl
        // leaves SIGPIPE to the program.
        _ = signal(SIGPIPE, SIG_IGN)
        return curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    }()
}
