internal import Reconciliation

/// What kind of failure a sink's last one was, so that a summary can say what mends it.
enum SinkFault: Hashable, Sendable, CaseIterable {
    /// It passes, or may: the receiver is down, slow or busy.
    case passing
    /// The address leads nowhere: revoked, moved or mistyped.
    case address
    /// The receiver does not take our key or token.
    case key
    /// The receiver does not take what it is sent.
    case content
    /// The program of a command sink cannot be started.
    case program

    /// - Parameter detail: as sinks word it, `HTTP 404` or `cannot be started: no such program`.
    init(detail: String?) {
        let words = detail?.split(separator: " ") ?? []
        if words.count >= 2, words[0] == "HTTP", let status = Int(words[1].prefix { $0.isNumber }) {
            self.init(status: status)
        } else if detail?.hasPrefix(CommandSink.cannotStart) == true {
            self = .program
        } else {
            self = detail?.hasPrefix("invalid:") == true ? .address : .passing
        }
    }

    private init(status: Int) {
        switch status {
        case _ where HTTPDelivery.isPassing(status): self = .passing
        case 401, 403, 407: self = .key
        case 300..<400, 404, 405, 410: self = .address
        default: self = .content
        }
    }
}
