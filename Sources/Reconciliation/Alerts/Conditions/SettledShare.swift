/// Who found out what became of the messages settled in a time.
package struct SettledShare: Hashable, Sendable {
    /// Of a shorter time there is no telling: webhooks for the newest messages are still on their way.
    private static let shortestSpan = Duration.seconds(900)

    /// Delivered or failed by the provider's answer to a question.
    package var byAsking: Int
    /// By the application, which a webhook has told.
    package var elsewhere: Int

    package init(byAsking: Int = 0, elsewhere: Int = 0) {
        self.byAsking = byAsking
        self.elsewhere = elsewhere
    }

    /// When messages were settled by one of the two.
    package struct Times: Hashable, Sendable {
        package var times: [Timestamp]
        /// Since when these are all there are; nil: since the beginning.
        package var covered: Timestamp?

        package init(_ times: [Timestamp], covered: Timestamp?) {
            self.times = times
            self.covered = covered
        }
    }

    /// Of the time that both cover; nothing where that is too short.
    package init(byAsking: Times, elsewhere: Times, since: Timestamp, until now: Timestamp) {
        self.init()
        let covered = max(since, byAsking.covered ?? since, elsewhere.covered ?? since)
        guard covered == since || now - covered >= Self.shortestSpan else { return }
        self.byAsking = byAsking.times.count { $0 >= covered }
        self.elsewhere = elsewhere.times.count { $0 >= covered }
    }
}
