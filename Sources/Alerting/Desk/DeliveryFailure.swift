package import Reconciliation

/// A notification that a sink did not take; it stays in the outbox.
package struct DeliveryFailure: Error, Hashable, Sendable {
    package let sink: String
    package let alert: AlertIdentity
    /// Without secrets, addresses or personal data.
    package let detail: String
}
