internal import Glibc

/// So long the database is read at a time: without a write-ahead log, nobody can write while somebody reads.
struct TimeSlice {
    static let length = Duration.milliseconds(2)

    private let end = Duration.uptime + length

    var isOver: Bool { Duration.uptime >= end }
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
