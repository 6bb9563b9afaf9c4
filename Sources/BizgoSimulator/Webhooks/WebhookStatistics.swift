/// What became of the reports that were to be POSTed.
package struct WebhookStatistics: Sendable, Equatable {
    /// Reports that matured.
    package var reports = 0
    /// Never sent: by chance, or no address was registered.
    package var lost = 0
    /// Planned to be sent twice.
    package var repeated = 0
    /// Planned to be sent late.
    package var delayed = 0
    /// Requests made.
    package var attempts = 0
    /// Answered as expected.
    package var acknowledged = 0
    /// Attempts answered wrongly, late or not at all.
    package var failures = 0
    /// Given up after the last retry.
    package var abandoned = 0

    /// Nothing yet.
    package init() {}
}
