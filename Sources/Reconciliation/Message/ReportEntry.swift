/// What the provider says of one message on one channel, from whatever source (a Report or a MessageStatus:
/// .github/PROVIDER.md, "Entries"). With fallback one message has one entry for each channel tried.
package struct ReportEntry: Hashable, Sendable {
    package var key: MessageKey
    package var serviceType: String?
    /// Nil while the channel is in flight. Never empty.
    package var code: ReportCode?
    /// The provider's wording. It can hold anything, personal data included: nothing but the row's
    /// `error_message` may carry it, and only through `Redaction`.
    package var text: String?
    /// When the channel's outcome was known.
    package var reportedAt: Timestamp?
    /// When the message was sent; only a MessageStatus says so.
    package var requestedAt: Timestamp?

    package init(
        key: MessageKey, serviceType: String? = nil, code: ReportCode? = nil, text: String? = nil,
        reportedAt: Timestamp? = nil, requestedAt: Timestamp? = nil
    ) {
        self.key = key
        self.serviceType = serviceType
        self.code = code
        self.text = text
        self.reportedAt = reportedAt
        self.requestedAt = requestedAt
    }

    /// Fit to be kept, on disk or for a while.
    package var cleaned: ReportEntry {
        var entry = self
        entry.text = text.map(Redaction.clean)
        entry.serviceType = serviceType.flatMap { $0.isEmpty ? nil : Redaction.clean($0) }
        return entry
    }
}

/// What a scan has heard of a message on one channel, kept until the scan is over: another page may say more.
package struct ScannedReport: Hashable, Sendable {
    package var entry: ReportEntry
    /// When the page was asked for.
    package var askedAt: Timestamp

    package init(_ entry: ReportEntry, askedAt: Timestamp) {
        self.entry = entry.cleaned
        self.askedAt = askedAt
    }
}
