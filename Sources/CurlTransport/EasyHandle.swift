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
