import CCurl
import Engine

/// One of libcurl's easy handles, cleaned up with the value.
///
/// Not Sendable: whoever has it has it alone.
final class EasyHandle {
    /// An easy handle as C sees it. Valid as long as self.
    let pointer: UnsafeMutableRawPointer
    /// Whether no option is set.
    private(set) var isBlank = true

    init() throws(TransportError) {
        guard let pointer = curl_easy_init() else { throw TransportError(CURLE_OUT_OF_MEMORY) }
        self.pointer = pointer
    }

    deinit {
        curl_easy_cleanup(pointer)
    }

    /// Forgets every option; keeps what speeds the next transfer up, as TLS sessions.
    func reset() {
        curl_easy_reset(pointer)
        isBlank = true
    }

    var responseStatus: Int { number(CURLINFO_RESPONSE_CODE) }

    /// What the TLS library thinks of the server's certificate.
    var certificateVerification: Int { number(CURLINFO_SSL_VERIFYRESULT) }

    /// Whether the last answer came by HTTP/2.
    var speaksHTTP2: Bool { number(CURLINFO_HTTP_VERSION) == CURL_HTTP_VERSION_2_0 }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        // Fails only for an unknown info.
        _ = ccurl_get_long(pointer, info, &value)
        return value
    }

    func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
        try check(ccurl_set_long(pointer, option, value))
    }

    func set(_ option: CURLoption, offset value: Int) throws(TransportError) {
        try check(ccurl_set_offset(pointer, option, curl_off_t(value)))
    }

    func set(_ option: CURLoption, _ value: String?) throws(TransportError) {
        try check(ccurl_set_string(pointer, option, value))
    }

    /// libcurl's time-outs are milliseconds, and 0 would mean "none".
    func set(_ option: CURLoption, _ value: Duration) throws(TransportError) {
        let (seconds, attoseconds) = value.components
        let milliseconds = min(seconds, 86_400) * 1000 + attoseconds / 1_000_000_000_000_000
        try set(option, Int(max(milliseconds, 1)))
    }

    /// - Parameter value: must outlive the transfer.
    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer?) throws(TransportError) {
        try check(ccurl_set_pointer(pointer, option, value))
    }

    /// - Parameter value: must outlive the transfer.
    func setHeaders(_ value: HeaderList) throws(TransportError) {
        try check(ccurl_set_list(pointer, CURLOPT_HTTPHEADER, value.first))
    }

    /// Copies the body.
    func setBody(_ body: [UInt8]) throws(TransportError) {
        try set(CURLOPT_POSTFIELDSIZE_LARGE, offset: body.count)
        try check(ccurl_set_bytes(pointer, CURLOPT_COPYPOSTFIELDS, body))
    }

    func setCallback(_ option: CURLoption, _ callback: ccurl_data_callback) throws(TransportError) {
        try check(ccurl_set_data_callback(pointer, option, callback))
    }

    /// - Parameter callback: called with `CURLOPT_PREREQDATA` before a request is sent, and again before libcurl sends it
    ///   again by itself.
    func setBeforeRequest(_ callback: curl_prereq_callback) throws(TransportError) {
        try check(ccurl_set_before_request(pointer, callback))
    }

    func setSocketCallbacks(
        open: curl_opensocket_callback, close: curl_closesocket_callback, context: UnsafeMutableRawPointer
    ) throws(TransportError) {
        try check(ccurl_set_open_socket(pointer, open))
        try check(ccurl_set_close_socket(pointer, close))
        try set(CURLOPT_OPENSOCKETDATA, pointer: context)
        try set(CURLOPT_CLOSESOCKETDATA, pointer: context)
    }

    /// Takes the result of setting an option.
    private func check(_ code: CURLcode) throws(TransportError) {
        isBlank = false
        guard code == CURLE_OK else { throw TransportError(code) }
    }
}

extension EasyHandle {
    /// What is true of every request, and not touched by what a request adds.
    func apply(_ configuration: CurlTransport.Configuration) throws(TransportError) {
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        try set(CURLOPT_HTTP09_ALLOWED, 0)
        // A redirect is an answer like another; following it could hand the key to somebody else.
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        try set(CURLOPT_USERAGENT, configuration.userAgent)

        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        if let file = configuration.caFile {
            try set(CURLOPT_CAINFO, file)
            try set(CURLOPT_CAPATH, nil as String?)  // otherwise the system's certificates were trusted as well
        }

        // Empty texts, unlike none at all, keep libcurl from asking the environment (http_proxy, NO_PROXY).
        try set(CURLOPT_PROXY, configuration.proxy ?? "")
        try set(CURLOPT_NOPROXY, configuration.sparesLoopback ? "localhost,127.0.0.1,::1" : "")
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)

        try set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout)
        // Do not let the loop wait for a resolver that has timed out.
        try set(CURLOPT_QUICK_EXIT, 1)
        // All that libcurl can undo; the limit on the announced length is for the compressed one.
        try set(CURLOPT_ACCEPT_ENCODING, "")
        try set(CURLOPT_MAXFILESIZE_LARGE, offset: configuration.maximumResponseBytes)
    }

    /// What this request adds. All that a GET sets every request sets, so that nothing is left of a GET in the next
    /// request; POST and DELETE set more, which only `reset()` takes back.
    func apply(_ request: HTTPRequest, headers: HeaderList, timeout: Duration) throws(TransportError) {
        try set(CURLOPT_URL, request.url)
        try setHeaders(headers)
        try set(CURLOPT_TIMEOUT_MS, timeout)
        switch request.method {
        case .get:
            break  // what a blank handle does
        case .post:
            try set(CURLOPT_POST, 1)
            try setBody(request.body ?? [])
        case .delete:
            if let body = request.body {
                try set(CURLOPT_POST, 1)
                try setBody(body)
            }
            try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
    }
}

/// The header lines of a request, in libcurl's own kind of list, freed with the value.
///
/// Not Sendable: belongs to one transfer.
final class HeaderList {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    /// - Parameter headers: checked before, so without line ends.
    init(_ headers: [HTTPHeader]) throws(TransportError) {
        for header in headers {
            // libcurl drops a header without a value unless its line ends in a semicolon.
            let isEmpty = header.value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
            try append(isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        // Otherwise larger bodies wait for a "100 Continue" that many servers never send.
        try append("Expect:")
        // Otherwise a body would be called a web form.
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) { try append("Content-Type:") }
    }

    deinit {
        curl_slist_free_all(first)
    }

    private func append(_ line: String) throws(TransportError) {
        guard let longer = curl_slist_append(first, line) else { throw TransportError(CURLE_OUT_OF_MEMORY) }
        first = longer
    }
}
