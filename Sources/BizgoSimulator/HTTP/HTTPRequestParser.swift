/// Cuts a stream of bytes into requests, however the bytes were split on the way. No socket in it.
package struct HTTPRequestParser: Sendable {
    /// What is accepted, in bytes.
    package struct Limits: Sendable {
        /// Request line and headers together.
        package var head = 16 * 1024
        /// Bodies of API requests.
        package var body = 1024 * 1024
        /// Bodies of requests below `/_sim/`: bulk loads.
        package var controlBody = 512 * 1024 * 1024

        /// 16 KiB, 1 MiB, 512 MiB.
        package init() {}
    }

    private let limits: Limits
    private var buffer: [UInt8] = []
    private var start = 0
    private var scanned = 0
    private var head: HTTPRequestHead?

    /// A parser at the start of a connection.
    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Bytes not yet part of a request returned.
    package var buffered: Int { buffer.count - start }

    /// Whether a request's head is complete, its body is not, and the client waits for `100 Continue`.
    package var expectsContinue: Bool { head?.expectsContinue == true }

    /// Adds bytes received.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        compact()
        buffer.append(contentsOf: bytes)
    }

    /// Notes that `100 Continue` was sent.
    package mutating func didContinue() {
        head?.expectsContinue = false
    }

    /// The next complete request, or nil where more bytes are needed.
    package mutating func next() throws(HTTPParseError) -> HTTPRequest? {
        if head == nil {
            guard let end = try headEnd() else { return nil }
            let parsed = buffer[start..<end].withUnsafeBufferPointer { HTTPRequestHead($0) }
            guard let parsed else { throw .malformed }
            guard !parsed.isChunked else { throw .lengthRequired }
            let limit = parsed.request.path.hasPrefix("/_sim/") ? limits.controlBody : limits.body
            guard parsed.contentLength <= limit else { throw .bodyTooLong }
            start = end
            head = parsed
        }
        guard let complete = head, buffered >= complete.contentLength else { return nil }
        var request = complete.request
        if complete.contentLength > 0 {
            request.body = Array(buffer[start..<start + complete.contentLength])
            start += complete.contentLength
        }
        scanned = start
        head = nil
        return request
    }

    /// The index after the empty line that ends a head.
    private mutating func headEnd() throws(HTTPParseError) -> Int? {
        // Empty lines before a request are to be ignored (RFC 9112, 2.2).
        while head == nil, buffered >= 2, buffer[start] == 13, buffer[start + 1] == 10 { start += 2 }
        let from = max(start, scanned - 3)
        let found = buffer.withUnsafeBufferPointer { bytes -> Int? in
            var index = from
            while index + 3 < bytes.count {
                if bytes[index + 3] > 13 { index += 4; continue }
                if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 {
                    return index + 4
                }
                index += 1
            }
            return nil
        }
        scanned = buffer.count
        guard (found ?? buffer.count) - start <= limits.head else { throw .headersTooLong }
        return found
    }

    private mutating func compact() {
        guard start > 0 else { return }
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 64 * 1024)
        } else if start > 64 * 1024 {
            buffer.removeFirst(start)
        } else {
            return
        }
        scanned = max(0, scanned - start)
        start = 0
    }
}
