import Reconciliation

extension Settings {
    /// When messages are asked about.
    package struct Reconcile: Sendable, Equatable {
        /// Between two cycles.
        package var interval = Duration.seconds(60)
        /// How long a message is left to the webhook.
        package var after = Duration.seconds(600)
        /// From acceptance; without a final report by then it is stale.
        package var staleAfter = Duration.seconds(72 * 3600)
        package var retry = Retry()
        /// How far back the provider answers.
        package var window = longestWindow

        /// The provider knows no reports that are older (.github/PROVIDER.md): what is asked about later proves nothing.
        static let longestWindow = Duration.seconds(30 * 86_400)

        package init() {}
    }

    /// How long to wait before asking about the same message again.
    package struct Retry: Sendable, Equatable {
        package var first = Duration.seconds(600)
        /// At least 1.
        package var factor = 2.0
        package var max = Duration.seconds(6 * 3600)
        /// 0…1: the share of a wait that chance adds or takes.
        package var jitter = 0.1

        package init() {}
    }
}

extension Settings.Reconcile {
    init(_ reader: ObjectReader) {
        self.init()
        interval = reader.duration("interval", otherwise: interval)
        after = reader.duration("after", otherwise: after, allowsZero: true)
        staleAfter = reader.duration("stale_after", otherwise: staleAfter)
        retry = Settings.Retry(reader.section("retry"))
        window = reader.duration("window", otherwise: window, atMost: Self.longestWindow)
        if reader.isSound("after", "stale_after"), staleAfter <= after {
            reader.conflict(
                "stale_after", "after",
                message: "stale_after (\(DurationText.format(staleAfter))) must be longer than after "
                    + "(\(DurationText.format(after)))")
        }
        if reader.isSound("stale_after", "window"), staleAfter > window {
            reader.conflict(
                "stale_after", "window",
                message: "stale_after (\(DurationText.format(staleAfter))) must not be longer than window "
                    + "(\(DurationText.format(window)))")
        }
        reader.finish()
    }
}

extension Settings.Retry {
    init(_ reader: ObjectReader) {
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
