/// A message of which the provider spoke without being asked about it by name, as its row is now.
package struct KnownMessage: Hashable, Sendable {
    package var message: DueMessage
    /// Whether it would have been asked about now. What is not due is left to its webhook, unless it was delivered.
    package var isDue: Bool

    package init(_ message: DueMessage, isDue: Bool) {
        self.message = message
        self.isDue = isDue
    }
}
