/// A walk through the history of sends for what was sent in a span: which page to ask for next, and when to stop.
///
/// What `requestTime` means exactly, and the order of the pages, are unverified (.github/PROVIDER.md): a walk ends where the
/// provider says so, or where it has come to the span and left it again for some pages. What it misses by that is not
/// verified, and nothing wrong is said of it.
package struct ListingWalk: Hashable, Sendable {
    /// So many pages in a row without anything of the span say that the rest is no better.
    private static let pagesBeyond = 3
    /// More than an account can send in a month.
    private static let mostPages = 20_000

    package let span: Range<Timestamp>
    /// Nil at the end.
    package private(set) var next: HistoryQuestion?
    package private(set) var pages = 0
    private var beyond = 0
    private var hasMet = false

    /// - Parameter span: of times of sending.
    package init(_ span: Range<Timestamp>) {
        self.span = span
        next = HistoryQuestion(requestTime: span.lowerBound)
    }

    /// - Returns: the entries of the page that are of the span, or do not say when they were sent.
    package mutating func arrived(_ page: HistoryPage) -> [ReportEntry] {
        guard let question = next else { return [] }
        pages += 1
        let inside = page.entries.filter { entry in entry.requestedAt.map(span.contains) ?? true }
        if inside.isEmpty { beyond += 1 } else { (beyond, hasMet) = (0, true) }
        let isOver = hasMet && beyond >= Self.pagesBeyond || pages >= Self.mostPages
        next = isOver ? nil : question.following(page)
        return inside
    }
}
