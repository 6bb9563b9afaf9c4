internal import CSQLite
internal import Glibc
internal import Reconciliation
internal import Synchronization

/// Until when the database is worth waiting for. Set once, when the process is to end, and looked at by whoever waits
/// on other threads meanwhile: for a lock, or for a statement that takes long.
package final class Patience: Sendable {
    /// Nanoseconds of the clock that only goes forward.
    private let end = Atomic<Int64>(.max)
    private let hasEndedWaiting = Atomic<Bool>(false)

    package init() {}

    /// - Parameter duration: from now.
    package func end(after duration: Duration) {
        end.store(Self.now + Int64(duration.wholeMilliseconds) * 1_000_000, ordering: .releasing)
    }

    /// Whether somebody had to be told that it is over.
    package var hasCutOff: Bool { hasEndedWaiting.load(ordering: .acquiring) }

    var isOver: Bool {
        let end = end.load(ordering: .acquiring)
        return end != .max && Self.now >= end
    }

    func noteCutOff() { hasEndedWaiting.store(true, ordering: .releasing) }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// How one connection waits: as SQLite's own busy handler does, but no longer than the patience lasts, and looking often: an
/// application that writes again and again, each time until the disk has it, leaves the file free for a millisecond or two.
final class Waiting {
    /// Milliseconds; the last one again and again. No divisor or multiple of what people write for "every".
    private static let pauses: [Int64] = [1, 2, 5, 7]
    /// Of SQLite's virtual machine, between two looks at the clock.
    private static let stepsBetweenLooks: Int32 = 10_000

    private let timeout: Duration
    private let patience: Patience?
    /// When the lock that is waited for is given up.
    private var end = Duration.zero

    init(timeout: Duration, patience: Patience?) {
        self.timeout = timeout
        self.patience = patience
    }

    /// - Parameter handle: of a connection that keeps self, and calls `end` before it is closed.
    func begin(_ handle: OpaquePointer) {
        let me = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_busy_handler(handle, { Waiting.from($0).goesOn(after: $1) ? 1 : 0 }, me)
        guard patience != nil else { return }
        sqlite3_progress_handler(
            handle, Self.stepsBetweenLooks, { Waiting.from($0).patience?.isOver == true ? 1 : 0 }, me)
    }

    func end(_ handle: OpaquePointer) {
        sqlite3_busy_handler(handle, nil, nil)
        sqlite3_progress_handler(handle, 0, nil, nil)
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Waiting {
        guard let context else { preconditionFailure("SQLite lost the handler's context") }
        return Unmanaged<Waiting>.fromOpaque(context).takeUnretainedValue()
    }

    /// Waits a little.
    /// - Parameter tries: for the same lock, before this one.
    /// - Returns: false when it has been waited for long enough.
    private func goesOn(after tries: Int32) -> Bool {
        if tries == 0 { end = .uptime + timeout }
        guard patience?.isOver != true, Duration.uptime < end else { return false }
        usleep(UInt32(Self.pauses[min(Int(tries), Self.pauses.count - 1)] * 1000))
        return true
    }
}

extension Duration {
    /// By the machine's own clock, which nobody sets or slews: others wait for the database in that time, whatever time
    /// it is.
    static var uptime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_RAW, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}
