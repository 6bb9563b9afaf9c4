package import Reconciliation

/// Which dead letters `requeue` is to make pending again.
package enum RequeueWish: Hashable, Sendable {
    case keys([MessageKey])
    case all(DeadLetterReason, ReportCode?)

    /// - Throws: exit 64 where it is neither keys nor a reason, or both.
    package init(_ arguments: Arguments) throws(CommandFailure) {
        let keys = arguments.operands.map { MessageKey($0) }
        switch (try arguments.reason(), keys.isEmpty) {
        case (let reason?, true): self = .all(reason, arguments[.code].flatMap { ReportCode($0) })
        case (nil, false) where arguments[.code] == nil: self = .keys(keys)
        default:
            throw CommandFailure(
                .usage, "requeue: wants message keys, or --reason R with or without --code C. Try `help requeue`")
        }
    }
}
