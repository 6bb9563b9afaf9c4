/// What polling hands out: it comes again until it is acknowledged (`report/polling`).
package struct ReportBatch: Hashable, Sendable {
    /// The provider's `reportId`.
    package var id: String
    package var entries: [ReportEntry]

    package init(id: String, entries: [ReportEntry]) {
        self.id = id
        self.entries = entries
    }
}
