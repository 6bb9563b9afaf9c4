import CCurl
import Engine

/// One request on its way: the easy handle that carries it, and what has arrived.
///
/// Not Sendable: libcurl calls it from within the loop's own calls to libcurl, nobody else has it.
final class Transfer {
    typealias Completion = (Result<HTTPResponse, TransportError>) -> Void

    let easy: EasyHandle
    /// Whether the handle would do for another request as it is.
    private(set) var leavesHandleClean = false
    private let method: HTTPRequest.Method
    private let headers: HeaderList
    private let maximumBodyBytes: Int
    private let sendsOnce: Bool
    private let distrustsFraming: Bool
    private let completion: Completion
    private var reader = HeaderReader()
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var isSent = false
    private var wouldBeSentAgain = false

    /// - Parameter easy: one that `prepare` was called for, and that carried nothing since but transfers that left it
    ///   clean.
    init(
        _ request: HTTPRequest, on easy: EasyHandle, _ configuration: CurlTransport.Configuration,
        completion: @escaping Completion
    ) throws(TransportError) {
        self.easy = easy
        self.completion = completion
        method = request.method
        headers = try HeaderList(request.headers)
        maximumBodyBytes = configuration.maximumResponseBytes
        sendsOnce = configuration.sendsOnce
        distrustsFraming = configuration.distrustsFraming
        try easy.apply(request, headers: headers, timeout: request.timeout ?? configuration.timeout)

        // Unretained: the driver keeps self until the handle has left the multi, after which nothing is called.
        let me = Unmanaged.passUnretained(self).toOpaque()
        try easy.set(CURLOPT_WRITEDATA, pointer: me)
        try easy.set(CURLOPT_HEADERDATA, pointer: me)
        try easy.set(CURLOPT_PREREQDATA, pointer: me)
    }

    /// Has a handle call the transfer it will carry.
    static func prepare(_ easy: EasyHandle) throws(TransportError) {
        try easy.setCallback(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            Transfer.from(context).receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        try easy.setCallback(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            Transfer.from(context).receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        try easy.setBeforeRequest { context, _, _, _, _ in
            Transfer.from(context).maySend() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
    }

    /// To be called once, when libcurl is done with it.
    func finish(_ code: CURLcode) {
        if isTooLarge {
            completion(.failure(.exceedsLimit))
        } else if wouldBeSentAgain {
            completion(.failure(.unanswered))
        } else if let flaw {
            completion(.failure(TransportError(.broken, "the answer has \(flaw)")))
        } else if code == CURLE_OK {
            leavesHandleClean = method == .get
            completion(.success(HTTPResponse(status: easy.responseStatus, headers: reader.headers, body: body)))
        } else if code == CURLE_PEER_FAILED_VERIFICATION {
            completion(.failure(.certificate(verification: easy.certificateVerification)))
        } else {
            completion(.failure(TransportError(code)))
        }
    }

    /// To be called once, instead of `finish`.
    func fail(_ error: TransportError) {
        completion(.failure(error))
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer {
        guard let context else { preconditionFailure("libcurl lost the callback's context") }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func maySend() -> Bool {
        wouldBeSentAgain = isSent && sendsOnce
        isSent = true
        return !wouldBeSentAgain
    }

    /// - Returns: how much was taken; libcurl breaks off when it is not all.
    private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= maximumBodyBytes - body.count else {
            isTooLarge = true
            body = []
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Int {
        guard reader.read(line) else {
            isTooLarge = true
            return 0
        }
        return flaw == nil ? line.count : 0
    }

    private var flaw: String? { distrustsFraming ? reader.flaw : nil }
}

extension HTTPRequest {
    /// Refuses what would not arrive as it was meant, or would be another request than it looks.
    func check() throws(TransportError) {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https", url.dropFirst(scheme.count).hasPrefix("://") else {
            throw TransportError(.invalid, "the address is neither http nor https")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw TransportError(.invalid, "the address holds a character that is not percent-encoded")
        }
        for header in headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy(Self.isToken) else {
                throw TransportError(.invalid, "a header's name is not one")
            }
            guard header.value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }) else {
                throw TransportError(.invalid, "a header's value holds a line end or another control character")
            }
        }
        guard method != .get || body == nil else { throw TransportError(.invalid, "a GET has no body") }
    }

    /// RFC 9110, 5.6.2.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
