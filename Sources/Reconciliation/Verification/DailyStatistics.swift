/// What the provider counts of one day (.github/PROVIDER.md, "The account"). How late its counts are is unverified, and so
/// is whether it counts messages or their channels: only shares of counts of the same kind can be held against each other.
package struct DailyStatistics: Hashable, Sendable {
    package var day: KoreanDay
    /// Of the messages that were sent to the provider: those it accepted, and those it did not. Nil where it does not say.
    package var received: Counts?
    /// Of the reports that there are by now: those that say delivered, and the others. Nil where it does not say.
    package var reported: Counts?

    package init(day: KoreanDay, received: Counts?, reported: Counts?) {
        self.day = day
        self.received = received
        self.reported = reported
    }

    package struct Counts: Hashable, Sendable {
        package var total: Int
        package var succeeded: Int
        package var failed: Int

        package init(total: Int, succeeded: Int, failed: Int) {
            self.total = total
            self.succeeded = succeeded
            self.failed = failed
        }

        /// As the provider gives them, any of which may be missing: two of them tell the third, and no message at all is
        /// none of either kind.
        /// - Returns: nil where they do not say how many succeeded and failed.
        package init?(total: Int?, succeeded: Int?, failed: Int?) {
            switch (total, succeeded, failed) {
            case (let total?, let succeeded?, let failed?):
                self.init(total: total, succeeded: succeeded, failed: failed)
            case (nil, let succeeded?, let failed?):
                self.init(total: succeeded + failed, succeeded: succeeded, failed: failed)
            case (let total?, let succeeded?, nil) where succeeded <= total:
                self.init(total: total, succeeded: succeeded, failed: total - succeeded)
            case (let total?, nil, let failed?) where failed <= total:
                self.init(total: total, succeeded: total - failed, failed: failed)
            case (0?, nil, nil):
                self.init(total: 0, succeeded: 0, failed: 0)
            default:
                return nil
            }
        }

        package static func + (left: Counts, right: Counts) -> Counts {
            Counts(
                total: left.total + right.total, succeeded: left.succeeded + right.succeeded,
                failed: left.failed + right.failed)
        }
    }
}
