import CCurl
import Glibc

/// What libcurl wants done once in a process.
enum CurlLibrary {
    /// Touch it before anything else of libcurl's.
    static let isReady: Bool = {
        // TLS libraries write(2) to sockets that may be closed at the other end, and with CURLOPT_NOSIGNAL libcurl
        // leaves SIGPIPE to the program.
        _ = signal(SIGPIPE, SIG_IGN)
        return curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    }()
}
