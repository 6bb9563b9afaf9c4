/// One page of the history of sends: `message/history`. Generation `comm` only.
///
/// What `requestTime` means exactly is unverified (everything since it, that day, around it), and so is the order of
/// the pages (.github/PROVIDER.md). What a page contains is evidence; what it does not contain is evidence of nothing.
package struct HistoryQuestion: Hashable, Sendable {
    /// The most the provider gives on one page.
    package static let largestPage = 1000

    package var requestTime: Timestamp
    /// Where the page before it ended; nil for the first.
    package var cursor: Int64?

    package init(requestTime: Timestamp, cursor: Int64? = nil) {
        self.requestTime = requestTime
        self.cursor = cursor
    }
}

package struct HistoryPage: Hashable, Sendable {
    /// One for each message and channel, in the order of the page.
    package var entries: [ReportEntry]
    /// Where the next page begins, as the provider says.
    package var cursor: Int64?
    /// What the provider says of further pages; nil when it says nothing.
    package var hasNext: Bool?

    package init(entries: [ReportEntry], cursor: Int64?, hasNext: Bool?) {
        self.entries = entries
        self.cursor = cursor
        self.hasNext = hasNext
    }
}
