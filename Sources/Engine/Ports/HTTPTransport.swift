import Reconciliation

/// Carries one HTTP exchange. Connections are kept and reused, TLS is always verified, redirects are never followed.
@EventLoop
package protocol HTTPTransport: AnyObject, Sendable {
    /// - Returns: the response, whatever its status.
    /// - Throws: what kept a whole response from arriving.
    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse
}

package struct HTTPRequest: Hashable, Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    package var method: Method
    /// Absolute and already percent-encoded.
    package var url: String
    /// Without line ends in name or value; can hold secrets, so never printed.
    package var headers: [HTTPHeader]
    package var body: [UInt8]?
    /// For the whole exchange; nil for the transport's own.
    package var timeout: Duration?

    package init(
        method: Method = .get, url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil, timeout: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

extension HTTPRequest {
    /// A request to an address of the operator's: a user and a password in it go by HTTP basic authentication.
    package init(
        to address: String, method: Method = .get, headers: [HTTPHeader] = [], body: [UInt8]? = nil,
        timeout: Duration? = nil
    ) {
        let (url, userInfo) = UserInfo.split(address)
        self.init(method: method, url: url, headers: headers, body: body, timeout: timeout)
        if let userInfo { self.headers.append(HTTPHeader("Authorization", userInfo.authorization)) }
    }
}

package struct HTTPHeader: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

package struct HTTPResponse: Hashable, Sendable {
    package var status: Int
    package var headers: [HTTPHeader]
    /// Decompressed.
    package var body: [UInt8]

    package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, in any case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Why no whole response arrived.
package struct TransportError: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case resolve
        case connect
        case tls
        case timeout
        /// The connection broke, or the bytes were not HTTP.
        case broken
        /// More than the transport's limit, also after decompression.
        case tooLarge
        /// The request itself cannot be sent.
        case invalid
    }

    package var kind: Kind
    /// The library's words for the error; without address, headers or content.
    package var detail: String

    package init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }
}
