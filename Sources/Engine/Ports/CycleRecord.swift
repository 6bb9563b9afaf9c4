package import Reconciliation

/// One cycle, for `status` and the status page.
package struct CycleRecord: Hashable, Sendable {
    package enum Result: String, Hashable, Sendable {
        case ok
        /// The provider did not answer.
        case failed
    }

    package var startedAt: Timestamp
    package var duration: Duration
    package var result: Result
    package var health: ProviderHealth
    /// What it did: messages due, requests made, messages settled.
    package var due: Int
    package var requests: Int
    package var settled: Int

    package init(
        startedAt: Timestamp, duration: Duration, result: Result, health: ProviderHealth, due: Int = 0,
        requests: Int = 0, settled: Int = 0
    ) {
        self.startedAt = startedAt
        self.duration = duration
        self.result = result
        self.health = health
        self.due = due
        self.requests = requests
        self.settled = settled
    }
}
