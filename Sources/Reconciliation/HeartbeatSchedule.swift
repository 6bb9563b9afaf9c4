/// When a heartbeat is due: at most one in each interval, but a change of state at once.
package struct HeartbeatSchedule: Hashable, Sendable {
    private let interval: Duration
    private var last: Beat?

    private struct Beat: Hashable {
        var isWorking: Bool
        var at: Duration
    }

    package init(interval: Duration) {
        self.interval = interval
    }

    /// - Parameter now: monotonic, as in `told`.
    package func isDue(isWorking: Bool, at now: Duration) -> Bool {
        guard let last else { return true }
        return last.isWorking != isWorking || now - last.at >= interval
    }

    /// It was begun at `now` and taken. One that was not taken is still due.
    package mutating func told(isWorking: Bool, at now: Duration) {
        last = Beat(isWorking: isWorking, at: now)
    }
}
