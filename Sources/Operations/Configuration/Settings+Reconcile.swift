package import Reconciliation

extension Settings {
    /// When messages are asked about.
    package struct Reconcile: Sendable, Equatable {
        /// Between two cycles.
        package var interval = Duration.seconds(60)
        package var policy = Policy()
    }
}

extension Settings.Reconcile {
    init(_ reader: ObjectReader) {
        interval = reader.duration("interval", otherwise: interval)
        policy.after = reader.duration("after", otherwise: policy.after, allowsZero: true)
        policy.staleAfter = reader.duration("stale_after", otherwise: policy.staleAfter)
        policy.retry = RetrySchedule(reader.section("retry"))
        policy.window = reader.duration("window", otherwise: policy.window, atMost: Policy.longestWindow)
        if reader.isSound("after", "stale_after"), policy.staleAfter <= policy.after {
            reader.conflict(
                "stale_after", "after",
                message: "stale_after (\(policy.staleAfterText)) must be longer than after "
                    + "(\(DurationText.format(policy.after)))")
        }
        if reader.isSound("stale_after", "window"), policy.staleAfter > policy.window {
            reader.conflict(
                "stale_after", "window",
                message: "stale_after (\(policy.staleAfterText)) must not be longer than window "
                    + "(\(policy.windowText))")
        }
        reader.finish()
    }
}

extension RetrySchedule {
    fileprivate init(_ reader: ObjectReader) {
        self.init()
        first = reader.duration("first", otherwise: first)
        factor = reader.number("factor", otherwise: factor, "a number of at least 1") { $0 >= 1 }
        max = reader.duration("max", otherwise: max)
        jitter = reader.number("jitter", otherwise: jitter, "a number from 0 to 1") { (0...1).contains($0) }
        if reader.isSound("first", "max"), first > max {
            reader.conflict(
                "first", "max",
                message: "first (\(DurationText.format(first))) must not be longer than max "
                    + "(\(DurationText.format(max)))")
        }
        reader.finish()
    }
}
