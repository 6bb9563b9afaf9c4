import CCurl
import Engine

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
