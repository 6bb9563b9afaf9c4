/// An accepted send, as far as the model needs it.
package struct SendRequest: Sendable {
    /// One recipient.
    package struct Recipient: Sendable {
        /// Digits; anything else is rejected for this recipient only.
        package var to: String
        /// Takes precedence over the request's.
        package var ref: String?

        /// Names a recipient.
        package init(to: String, ref: String? = nil) {
            self.to = to
            self.ref = ref
        }

        var isValid: Bool {
            (8...20).contains(to.utf8.count) && to.utf8.allSatisfy { (48...57).contains($0) }
        }
    }

    /// What became of one recipient at acceptance.
    package struct Result: Sendable, Equatable {
        /// As asked.
        package var to: String
        /// nil where rejected.
        package var msgKey: String?
        /// `A000` or the reason of the rejection.
        package var code: String
    }

    /// 1 to 200.
    package var recipients: [Recipient]
    /// Channels in the order in which they are tried.
    package var flow: [Channel]
    /// Free text of the sender.
    package var groupKey: String?
    /// Free text of the sender.
    package var ref: String?

    /// A request with as many recipients as wanted; the limit of 200 is the API's, not the model's.
    package init(recipients: [Recipient], flow: [Channel], groupKey: String? = nil, ref: String? = nil) {
        self.recipients = recipients
        self.flow = flow
        self.groupKey = groupKey
        self.ref = ref
    }
}
