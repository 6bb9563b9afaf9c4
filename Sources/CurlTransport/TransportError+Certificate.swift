import Engine

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
