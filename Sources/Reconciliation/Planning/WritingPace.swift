/// How much to write in one transaction, and how long to let others write before the next: the database is the
/// application's.
///
/// Small pieces with pauses as long as somebody else writes, larger ones without any while nobody does. A commit costs what
/// the disk takes, however little is in it; on a slow one more is written for it.
package struct WritingPace: Hashable, Sendable {
    /// A transaction's time until its commit, while others write, and while nobody does. More, smaller ones cost more commits.
    private static let beside = Duration.microseconds(1200)
    private static let alone = Duration.milliseconds(8)...Duration.milliseconds(12)
    /// Until the end of its commit, where that is possible.
    private static let whole = Duration.milliseconds(16)
    /// How long somebody who waits for a lock sleeps before each next look, in milliseconds (SQLite's busy handler); then
    /// again and again as long as the last.
    private static let sleeps = [1, 2, 5, 10, 15, 20, 25]
    /// A sleep takes longer than it should, most of all on a busy machine. Who misses the pause sleeps longer and longer,
    /// and may miss the next, too: so it lasts for two sleeps.
    private static let slack = Duration.milliseconds(1)
    private static let longestPause = Duration.milliseconds(30)
    /// Somebody who wrote so long ago is not at work any more.
    private static let memory = Duration.seconds(10)
    private static let fewest = 10
    private static let most = 2000

    /// A guess, on the high side, until something was written.
    private var each = Duration.microseconds(50)
    private var commit = Duration.zero
    package private(set) var isBeside = true
    private var othersWroteAt: Duration?
    private var endedAt: Duration?
    private var pause = Duration.zero

    package init() {}

    /// So many messages fit into the next transaction.
    package var room: Int {
        let budget =
            isBeside
            ? max(Self.beside, min(commit / 2, Self.alone.lowerBound))
            : max(Self.alone.lowerBound, min(Self.whole - commit, Self.alone.upperBound))
        return min(max(Int(budget / each), Self.fewest), Self.most)
    }

    /// How long others are still to be let in.
    package func wait(at uptime: Duration) -> Duration {
        guard let endedAt else { return .zero }
        return max(endedAt + pause - uptime, .zero)
    }

    /// A transaction has ended.
    /// - Parameters:
    ///   - messages: written in it; 0 where it was about something else.
    ///   - work: from its lock to its commit.
    ///   - commit: how long that took.
    ///   - othersWrote: whether another connection has written since the transaction before.
    package mutating func ended(
        messages: Int, work: Duration, commit: Duration, othersWrote: Bool, at uptime: Duration
    ) {
        if messages > 0 {
            // One that was slow counts at once, those that are quick by and by.
            let now = max(work / messages, .nanoseconds(100))
            each = max(now, (each * 3 + now) / 4)
        }
        self.commit = max(commit, (self.commit * 3 + commit) / 4)
        if othersWrote { othersWroteAt = uptime }
        isBeside = othersWroteAt.map { uptime - $0 < Self.memory } ?? false
        endedAt = uptime
        pause = isBeside ? Self.pause(after: work + commit) : .zero
    }

    /// So long that everybody who has waited for the lock looks again within it: the sleep in which it became free, and a
    /// little more.
    private static func pause(after held: Duration) -> Duration {
        var slept = Duration.zero
        for sleep in sleeps {
            slept += .milliseconds(sleep)
            if slept > held { return min(.milliseconds(2 * sleep) + slack, longestPause) }
        }
        return longestPause
    }
}
