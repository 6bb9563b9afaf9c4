import Glibc

/// The two times that a log needs.
package struct LogTime: Sendable, Equatable {
    /// Since 1970, for the line.
    package var wallMilliseconds: Int64
    /// Since whenever, never going back, for windows.
    package var monotonicMilliseconds: Int64

    package init(wallMilliseconds: Int64, monotonicMilliseconds: Int64) {
        self.wallMilliseconds = wallMilliseconds
        self.monotonicMilliseconds = monotonicMilliseconds
    }

    package static func now() -> LogTime {
        LogTime(wallMilliseconds: read(CLOCK_REALTIME), monotonicMilliseconds: read(CLOCK_MONOTONIC))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
