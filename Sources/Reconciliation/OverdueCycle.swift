/// How long nothing may be heard of a cycle before that is bad news.
package enum OverdueCycle {
    private static let intervals = 5

    /// By the contract of `status --check`, no cycle that succeeded for five intervals is critical.
    package static func patience(_ interval: Duration) -> Duration { interval * intervals }
}
