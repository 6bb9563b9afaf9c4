/// The configured times by which messages are judged (`reconcile` in the configuration).
package struct Policy: Hashable, Sendable {
    /// How long a new message is left to the webhook.
    package var after: Duration
    /// How long after acceptance a message without a final report is given up.
    package var staleAfter: Duration
    /// `staleAfter` as configured, e.g. `72h`, for the row's message.
    package var staleAfterText: String
    /// How far back the provider answers; 30 days by its documents.
    package var window: Duration
    /// `window` as configured, e.g. `30d`.
    package var windowText: String
    package var retry: RetrySchedule
    /// How often a stale dead letter is asked about again.
    package var watchInterval: Duration = .seconds(86_400)

    /// No message waits for longer to be asked about again; an hour for the spread, and for rows that were put off.
    package var longestPause: Duration { max(retry.max * 2, watchInterval) + .seconds(3600) }

    package init(
        after: Duration, staleAfter: Duration, staleAfterText: String, window: Duration, windowText: String,
        retry: RetrySchedule
    ) {
        self.after = after
        self.staleAfter = staleAfter
        self.staleAfterText = staleAfterText
        self.window = window
        self.windowText = windowText
        self.retry = retry
    }
}
