internal import Glibc

/// So long the database is read at a time: without a write-ahead log, nobody can write while somebody reads.
struct TimeSlice {
    static let length = Duration.milliseconds(2)

    private let end = Duration.uptime + length

    var isOver: Bool { Duration.uptime >= end }
}

extension Duration {
    /// By a clock that only goes forward.
    static var uptime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}
