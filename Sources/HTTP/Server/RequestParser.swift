import Engine

/// Why bytes are no request that can be answered. The connection ends with the answer: nothing that comes after them
/// can be trusted to be where it seems.
package enum RequestFlaw: Error, Equatable {
    /// Not HTTP/1, or in a way that two readers could read differently.
    case malformed
    /// Another version of HTTP.
    case unknownVersion
    /// The request line is longer than allowed.
    case targetTooLong
    /// The headers are longer, or more, than allowed.
    case headersTooLong
    /// The body is longer than allowed.
    case bodyTooLong
    /// A chunked body, where none is taken, or a `POST` that does not say how long it is, where it has to.
    case lengthRequired
    /// An `Expect` other than `100-continue`.
    case unknownExpectation
    /// The request was not complete in time.
    case tooSlow

    package var status: Int {
        switch self {
        case .malformed: 400
        case .tooSlow: 408
        case .lengthRequired: 411
        case .bodyTooLong: 413
        case .targetTooLong: 414
        case .unknownExpectation: 417
        case .headersTooLong: 431
        case .unknownVersion: 505
        }
    }
}

/// What a request may be, in bytes.
package struct RequestLimits: Sendable {
    package var requestLine = 8 * 1024
    /// Request line and headers together.
    package var head = 16 * 1024
    package var headerCount = 64
    package var body = 1024 * 1024
    /// Longer bodies below these paths.
    package var bodyBelow: [String: Int] = [:]
    /// Whether a body may come in chunks.
    package var takesChunks = true
    /// Whether a `POST` has to say how long it is.
    package var wantsLength = false

    package init() {}

    func body(of path: String) -> Int { bodyBelow.first { path.hasPrefix($0.key) }?.value ?? body }
}

/// Cuts a stream of bytes into requests, however the bytes were split on the way. No socket in it.
///
/// Strict where others are lenient (RFC 9112), because a proxy in front that reads otherwise would let one client speak
/// for another: every line ends with CR LF, header names are names, nothing is folded, a length is said once and in one
/// way, chunks have neither extensions nor trailers.
package struct RequestParser: Sendable {
    private enum Stage {
        case requestLine
        case headers
        /// So many bytes more.
        case body(Int)
        case chunkSize
        /// So many bytes more, and a line end.
        case chunk(Int)
        case trailer
    }

    private let limits: RequestLimits
    private var buffer: [UInt8] = []
    private var start = 0
    private var scanned = 0
    private var stage = Stage.requestLine
    private var head = RequestHead()
    private var headBytes = 0

    /// A parser at the start of a connection.
    package init(limits: RequestLimits = RequestLimits()) {
        self.limits = limits
    }

    /// Bytes not yet part of a request returned.
    package var buffered: Int { buffer.count - start }

    /// Whether nothing of a request is there.
    package var isIdle: Bool {
        if case .requestLine = stage { buffered == 0 } else { false }
    }

    /// Whether a request's head is complete, its body is not, and the client waits for `100 Continue`.
    package var expectsContinue: Bool {
        switch stage {
        case .requestLine, .headers: false
        default: head.expectsContinue
        }
    }

    /// Adds bytes received.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        compact()
        buffer.append(contentsOf: bytes)
    }

    /// Notes that `100 Continue` was sent.
    package mutating func didContinue() {
        head.expectsContinue = false
    }

    /// The next complete request, or nil where more bytes are needed. No more is to be asked after an error.
    package mutating func next() throws(RequestFlaw) -> ServerRequest? {
        while true {
            switch stage {
            case .requestLine:
                guard let line = try headLine(limits.requestLine, tooLong: .targetTooLong) else { return nil }
                // Empty lines before a request are to be ignored (RFC 9112, 2.2).
                guard !line.isEmpty else { continue }
                head = try bytes(line) { line throws(RequestFlaw) in try RequestHead(requestLine: line) }
                stage = .headers
            case .headers:
                guard let line = try headLine(limits.head, tooLong: .headersTooLong) else { return nil }
                if line.isEmpty {
                    try beginBody()
                } else {
                    guard head.request.headers.count < limits.headerCount else { throw .headersTooLong }
                    try readHeader(line)
                }
            case .body(let count):
                guard buffered >= count else { return nil }
                return finish(taking: count)
            case .chunkSize:
                guard let line = try line(ChunkSize.longest + 2, tooLong: .malformed) else { return nil }
                let size = bytes(line, ChunkSize.read)
                guard let size else { throw .malformed }
                guard head.request.body.count + size <= limits.body(of: head.request.path) else { throw .bodyTooLong }
                stage = size == 0 ? .trailer : .chunk(size)
            case .chunk(let count):
                guard buffered >= count + 2 else { return nil }
                guard buffer[start + count] == 13, buffer[start + count + 1] == 10 else { throw .malformed }
                head.request.body += buffer[start..<start + count]
                move(to: start + count + 2)
                stage = .chunkSize
            case .trailer:
                guard let line = try line(2, tooLong: .malformed) else { return nil }
                guard line.isEmpty else { throw .malformed }
                return finish(taking: 0)
            }
        }
    }

    private mutating func readHeader(_ line: Range<Int>) throws(RequestFlaw) {
        let (name, value) = try bytes(line) { line throws(RequestFlaw) in try RequestHead.header(line) }
        try head.add(name, value)
    }

    private mutating func beginBody() throws(RequestFlaw) {
        try head.check()
        guard head.isChunked else {
            guard head.length != nil || !limits.wantsLength || head.request.method != "POST" else {
                throw .lengthRequired
            }
            guard head.length ?? 0 <= limits.body(of: head.request.path) else { throw .bodyTooLong }
            stage = .body(head.length ?? 0)
            return
        }
        guard limits.takesChunks else { throw .lengthRequired }
        stage = .chunkSize
    }

    private mutating func finish(taking count: Int) -> ServerRequest {
        var request = head.request
        if count > 0 { request.body = Array(buffer[start..<start + count]) }
        move(to: start + count)
        stage = .requestLine
        headBytes = 0
        return request
    }

    // MARK: Lines

    private mutating func headLine(_ limit: Int, tooLong: RequestFlaw) throws(RequestFlaw) -> Range<Int>? {
        guard let line = try line(min(limit, limits.head - headBytes), tooLong: tooLong) else { return nil }
        headBytes += line.count + 2
        return line
    }

    /// The next line without its end; nil where that is not there yet.
    /// - Parameter limit: of the line, its end included.
    private mutating func line(_ limit: Int, tooLong: RequestFlaw) throws(RequestFlaw) -> Range<Int>? {
        let from = scanned
        let found = buffer.withUnsafeBufferPointer { $0[from...].firstIndex(of: 10) }
        guard (found.map { $0 + 1 } ?? buffer.count) - start <= limit else { throw tooLong }
        guard let found else {
            scanned = buffer.count
            return nil
        }
        guard found > start, buffer[found - 1] == 13 else { throw .malformed }
        defer { move(to: found + 1) }
        return start..<(found - 1)
    }

    private func bytes<Value, Failure: Error>(
        _ range: Range<Int>, _ body: (Slice<UnsafeBufferPointer<UInt8>>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try buffer.withUnsafeBufferPointer { bytes throws(Failure) in try body(bytes[range]) }
    }

    private mutating func move(to position: Int) {
        start = position
        scanned = position
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
        scanned -= start
        start = 0
    }
}

private enum ChunkSize {
    static let longest = 8

    /// Hexadecimal figures and nothing else.
    static func read(_ line: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard (1...longest).contains(line.count) else { return nil }
        var value = 0
        for byte in line {
            guard let figure = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | figure
        }
        return value
    }
}

/// Request line and headers, and what they say of the body.
private struct RequestHead: Sendable {
    typealias Line = Slice<UnsafeBufferPointer<UInt8>>

    var request = ServerRequest("", "")
    private(set) var length: Int?
    private(set) var isChunked = false
    var expectsContinue = false
    private var hasUnknownExpectation = false
    private var hasHost = false

    init() {}

    /// `GET /path HTTP/1.1`: this server is asked for paths of its own only, never as a proxy would be.
    init(requestLine line: Line) throws(RequestFlaw) {
        let words = line.split(separator: 32, maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(HTTPRequest.isToken) else { throw .malformed }
        let version = words[2]
        guard version.count == 8, version.starts(with: "HTTP/".utf8) else { throw .malformed }
        guard version.elementsEqual("HTTP/1.1".utf8) || version.elementsEqual("HTTP/1.0".utf8) else {
            throw .unknownVersion
        }
        let target = words[1]
        guard target.first == UInt8(ascii: "/"), target.allSatisfy({ $0 > 32 && $0 < 127 }) else { throw .malformed }
        request = ServerRequest(String(decoding: words[0], as: UTF8.self), String(decoding: target, as: UTF8.self))
        request.isOldVersion = version.last == UInt8(ascii: "0")
        request.keepAlive = !request.isOldVersion
    }

    /// - Returns: the name in lower case.
    static func header(_ line: Line) throws(RequestFlaw) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(HTTPRequest.isToken)
        else { throw .malformed }
        var value = line[(colon + 1)...]
        while let first = value.first, first == 32 || first == 9 { value = value.dropFirst() }
        while let last = value.last, last == 32 || last == 9 { value = value.dropLast() }
        guard value.allSatisfy({ $0 == 9 || ($0 >= 32 && $0 != 127) }) else { throw .malformed }
        let name = line[..<colon].map { (65...90).contains($0) ? $0 | 0x20 : $0 }
        return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    /// What must not be said twice is refused where it is.
    mutating func add(_ name: String, _ value: String) throws(RequestFlaw) {
        switch name {
        case "host":
            guard !hasHost else { throw .malformed }
            hasHost = true
        case "authorization":
            guard request.header(name) == nil else { throw .malformed }
        case "content-length":
            guard length == nil, (1...15).contains(value.utf8.count),
                value.utf8.allSatisfy({ (48...57).contains($0) })
            else { throw .malformed }
            length = Int(value)
        case "transfer-encoding":
            guard !isChunked, value.lowercased() == "chunked" else { throw .malformed }
            isChunked = true
        case "connection":
            for option in value.lowercased().split(separator: ",") {
                switch option.drop(while: { $0 == " " }).prefix(while: { $0 != " " }) {
                case "close": request.keepAlive = false
                case "keep-alive" where request.isOldVersion: request.keepAlive = true
                default: break
                }
            }
        case "expect":
            expectsContinue = value.lowercased() == "100-continue" && !request.isOldVersion
            hasUnknownExpectation = value.lowercased() != "100-continue"
        default: break
        }
        request.headers.append(HTTPHeader(name, value))
    }

    /// When all headers are there.
    func check() throws(RequestFlaw) {
        guard hasHost || request.isOldVersion, !isChunked || (length == nil && !request.isOldVersion) else {
            throw .malformed
        }
        guard !hasUnknownExpectation else { throw .unknownExpectation }
    }
}
