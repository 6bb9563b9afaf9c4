package import Engine

/// HTTP over libcurl's multi interface, driven by dispatch sources on the loop's queue: no thread of its own for a
/// request (libcurl starts a short-lived one to resolve a host name that is not in its cache).
///
/// Connections are kept and reused; over TLS HTTP/2 is spoken where the server offers it. A kept connection that
/// turns out to be closed before a byte of the answer came is replaced by libcurl, which then sends the request
/// once more. A task that is cancelled does not end its transfer: what was asked is paid for, so the answer is
/// waited for, bounded by the time-out, or until `breakOff`.
@Loop
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
