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
