/// What a sweep has heard of a message on one channel, kept until the sweep is over: another page may say more.
package struct Heard: Hashable, Sendable {
    package var entry: ReportEntry
    /// When the page was asked for.
    package var askedAt: Timestamp

    package init(_ entry: ReportEntry, askedAt: Timestamp) {
        self.entry = entry.cleaned
        self.askedAt = askedAt
    }
}

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
