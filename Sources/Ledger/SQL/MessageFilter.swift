package import Reconciliation

/// Which messages `list` is about: those to which all of it applies.
package struct MessageFilter: Hashable, Sendable {
    /// Nil for any.
    package var status: RowStatus?
    /// Why the reconciler made it a dead letter.
    package var reason: DeadLetterReason?
    /// The word in the row, compared by the column's own rules.
    package var serviceType: String?
    package var accepted: AcceptanceSpan

    package init(
        status: RowStatus? = nil, reason: DeadLetterReason? = nil, serviceType: String? = nil,
        accepted: AcceptanceSpan = .always
    ) {
        self.status = status
        self.reason = reason
        self.serviceType = serviceType
        self.accepted = accepted
    }
}
