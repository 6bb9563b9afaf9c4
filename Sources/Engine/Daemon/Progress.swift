/// When something was last finished: a request with whatever outcome, a commit, an alert attempt, a look that found
/// nothing due in a readable store. The watchdog is fed by this and by nothing else.
@Loop
package final class Progress {
    private var lastFinished: Duration
    /// Until when a request knowingly waits for its turn. A low rate or a long `Retry-After` is no hang.
    private var waitsUntil: Duration
    private let time: any Timekeeper

    package init(time: any Timekeeper) {
        self.time = time
        lastFinished = time.uptime
        waitsUntil = time.uptime
    }

    package func finished() {
        lastFinished = time.uptime
    }

    /// A request waits until then (monotonic time), and not for anybody's answer.
    package func waits(until end: Duration) {
        waitsUntil = max(waitsUntil, end)
    }

    /// Whether nothing has finished for so long, although nothing had to wait.
    package func isOverdue(after patience: Duration) -> Bool {
        time.uptime - max(lastFinished, min(waitsUntil, time.uptime)) >= patience
    }
}
