/// When something was last finished: a request with whatever outcome, a commit, an alert attempt, a look that found
/// nothing due in a readable store. The watchdog is fed by this and by nothing else.
@Loop
package final class Progress {
    package private(set) var lastFinished: Duration
    private let time: any Timekeeper

    package init(time: any Timekeeper) {
        self.time = time
        lastFinished = time.uptime
    }

    package func finished() {
        lastFinished = time.uptime
    }
}
