import CCurl
import Engine

extension TransportError {
    /// libcurl's result in our words. Its error buffer, which has more to say, names hosts and is not used.
    init(_ code: CURLcode) {
        switch code {
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
            // The request's own scheme was checked; what is left is an answer that libcurl takes for HTTP/0.9.
            self.init(.broken, "the answer is not HTTP")
        case CURLE_FILESIZE_EXCEEDED:
            self = .exceedsLimit
        default:
            self.init(Kind(code), String(cString: curl_easy_strerror(code)))
        }
    }

    init(_ code: CURLMcode) {
        self.init(.broken, String(cString: curl_multi_strerror(code)))
    }

    static let exceedsLimit = TransportError(.tooLarge, "the answer is larger than the limit")
    static let unanswered = TransportError(.broken, "the connection was closed before an answer")
    static let cancelled = TransportError(.broken, "cancelled")
}

extension TransportError.Kind {
    fileprivate init(_ code: CURLcode) {
        self =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
                .resolve
            case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED, CURLE_PROXY, CURLE_NO_CONNECTION_AVAILABLE:
                .connect
            case CURLE_OPERATION_TIMEDOUT:
                .timeout
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
                CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE,
                CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CLIENTCERT,
                CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED,
                CURLE_SSL_SHUTDOWN_FAILED, CURLE_USE_SSL_FAILED:
                .tls
            case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_NOT_BUILT_IN,
                CURLE_UNKNOWN_OPTION, CURLE_SETOPT_OPTION_SYNTAX:
                .invalid
            default:
                .broken
            }
    }
}

extension TransportError {
    /// Why a server's certificate was not accepted; libcurl's own words are the same for all reasons.
    /// - Parameter verification: `CURLINFO_SSL_VERIFYRESULT`, which is OpenSSL's `X509_V_ERR_…` (x509_vfy.h).
    static func certificate(verification: Int) -> TransportError {
        let problem =
            switch verification {
            // The chain of certificates is good, or was not what libcurl looked at: it looks at the name itself.
            case 0, 1: "is for another name than the address has"
            case 9: "is not valid yet, by this machine's clock"
            case 10: "has expired, by this machine's clock"
            case 2, 18, 19, 20, 21: "is signed by nobody who is trusted here"
            case 23: "was revoked"
            default: "failed OpenSSL's verification (\(verification))"
            }
        return TransportError(.tls, "the certificate \(problem)")
    }
}
