import Engine
import Reconciliation

extension QuestionFailure {
    /// No answer arrived.
    init(_ error: TransportError) {
        switch error.kind {
        case .resolve: self.init(.unreachable, "host name not resolved")
        case .connect: self.init(.unreachable, "no connection")
        case .tls: self.init(.unreachable, "TLS certificate not accepted, or no TLS: \(error.detail)")
        case .timeout: self.init(.unreachable, "time-out")
        case .broken: self.init(.unreachable, "connection broken: \(error.detail)")
        case .tooLarge: self.init(.nonsense, "answer too large")
        // The message's part of the request is always sound, so it is what every request has.
        case .invalid: self.init(.refused, "the request cannot be sent: \(error.detail). See api.base_url and the key")
        }
    }
}
