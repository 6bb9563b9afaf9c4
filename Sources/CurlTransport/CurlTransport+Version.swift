internal import CCurl

extension CurlTransport {
    /// `libcurl/7.88.1 OpenSSL/3.0.19 …`
    package nonisolated static var libraryVersion: String {
        String(cString: curl_version())
    }
}
