/// The configured times by which messages are judged (`reconcile` in the configuration).
package struct Policy: Hashable, Sendable {
    /// How long a new message is left to the webhook.
    package var after: Duration
    /// How long after acceptance a message without a final report is given up.
    package var staleAfter: Duration
    /// How far back the provider answers.
    package var window: Duration
    package var retry: RetrySchedule
    /// How often a stale dead letter is asked about again.
    package var watchInterval: Duration = .seconds(86_400)

    /// The provider knows no reports that are older (.github/PROVIDER.md): what is asked about later proves nothing.
    package static let longestWindow = Duration.seconds(30 * 86_400)

    package init(
        after: Duration = .seconds(600), staleAfter: Duration = .seconds(72 * 3600), window: Duration = longestWindow,
        retry: RetrySchedule = RetrySchedule()
    ) {
        self.after = after
        self.staleAfter = staleAfter
        self.window = window
        self.retry = retry
    }

    /// `72h`, for the row's message.
    package var staleAfterText: String { DurationText.format(staleAfter) }

    /// `30d`
    package var windowText: String { DurationText.format(window) }

    /// No message waits for longer to be asked about again; an hour for the spread, and for rows that were put off.
    package var longestPause: Duration { max(retry.max * 2, watchInterval) + .seconds(3600) }
}
