/// What the provider answered to a send, recipient by recipient. Accepted is not delivered.
package struct SendAnswer: Hashable, Sendable {
    /// In the order of the answer, which is that of the request.
    package var recipients: [Recipient]
    /// Why the whole send was not accepted, as the layer and its code; nil where every layer says success.
    package var refusal: String?

    package init(recipients: [Recipient], refusal: String? = nil) {
        self.recipients = recipients
        self.refusal = refusal
    }

    package struct Recipient: Hashable, Sendable {
        /// Its own, which counts, or else the service's.
        package var code: String
        /// Nil for one that was not accepted, and maybe for a duplicate.
        package var key: MessageKey?

        package init(code: String, key: MessageKey? = nil) {
            self.code = code
            self.key = key
        }
    }

    /// Those that were not accepted are left out.
    package var accepted: [MessageKey] { recipients.compactMap { $0.isAccepted ? $0.key : nil } }

    /// Whether every message that was accepted has a key.
    package var isComplete: Bool { recipients.allSatisfy { !$0.isAccepted || $0.key != nil } }
}

extension SendAnswer.Recipient {
    package static let accepted = "A000"
    /// The provider knows the idempotency key: it accepted this recipient before. Whether a `msgKey` comes with it is open
    /// (.github/PROVIDER.md, "Sends").
    package static let duplicate = "A301"

    /// Also by an earlier request.
    package var isAccepted: Bool { code == Self.accepted || code == Self.duplicate }
}
