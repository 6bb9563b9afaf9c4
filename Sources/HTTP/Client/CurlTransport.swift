internal import CCurl
package import Engine

/// HTTP over libcurl's multi interface, driven by dispatch sources on the loop's queue: no thread of its own for a
/// request (libcurl starts a short-lived one to resolve a host name that is not in its cache).
///
/// Connections are kept and reused; over TLS HTTP/2 is spoken where the server offers it. A kept connection that
/// turns out to be closed before a byte of the answer came is replaced by libcurl, which then sends the request
/// once more. A task that is cancelled does not end its transfer: what was asked is paid for, so the answer is
/// waited for, bounded by the time-out, or until `breakOff`.
@EventLoop
package final class CurlTransport: HTTPTransport {
    private let driver: MultiDriver

    package init(_ configuration: Configuration) {
        driver = MultiDriver(configuration)
    }

    isolated deinit {
        driver.close()
    }

    /// Ends the exchanges under way, and lets no other begin: for a process that ends.
    /// - Returns: how many were under way.
    package func breakOff() -> Int { driver.breakOff() }

    package func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        try request.check()
        let outcome = await withCheckedContinuation { continuation in
            driver.start(request) { continuation.resume(returning: $0) }
        }
        return try outcome.get()
    }
}

extension CurlTransport {
    /// How requests are carried. There is no way to turn the verification of TLS certificates off.
    package struct Configuration: Hashable, Sendable {
        /// For the connection, TLS included.
        package var connectTimeout: Duration
        /// For the whole exchange, waiting for a free connection included, where the request says nothing else.
        package var timeout: Duration
        /// PEM file of the certificates to trust, instead of the system's; nil for the system's.
        package var caFile: String?
        /// `http://host:port`, or another scheme that libcurl takes; nil for none. Proxies named in the environment are
        /// never used.
        package var proxy: String?
        /// Whether this host itself is reached without the proxy, where its name would mean another one.
        package var sparesLoopback: Bool
        /// Whether a request that found its connection closed fails, for whoever counts requests to put it again, unless
        /// the server speaks HTTP/2. Else libcurl sends it again by itself, up to five times.
        package var sendsOnce: Bool
        /// Whether an answer over HTTP/1 is none where it cannot be trusted to say where its body ends.
        package var distrustsFraming: Bool
        /// `bizgo-reconciler/1.0.0`
        package var userAgent: String
        /// Of the body, after decompression.
        package var maximumResponseBytes: Int
        /// Open at the same time; requests above that wait.
        package var maximumConnections: Int

        package init(
            userAgent: String, connectTimeout: Duration = .seconds(5), timeout: Duration = .seconds(30),
            caFile: String? = nil, proxy: String? = nil, sparesLoopback: Bool = false, sendsOnce: Bool = false,
            distrustsFraming: Bool = false,
            maximumResponseBytes: Int = 16 << 20, maximumConnections: Int = 16
        ) {
            self.userAgent = userAgent
            self.connectTimeout = connectTimeout
            self.timeout = timeout
            self.caFile = caFile
            self.proxy = proxy
            self.sparesLoopback = sparesLoopback
            self.sendsOnce = sendsOnce
            self.distrustsFraming = distrustsFraming
            self.maximumResponseBytes = maximumResponseBytes
            self.maximumConnections = maximumConnections
        }
    }
}

extension CurlTransport {
    /// `libcurl/7.88.1 OpenSSL/3.0.19 …`
    package nonisolated static var libraryVersion: String {
        String(cString: curl_version())
    }
}
