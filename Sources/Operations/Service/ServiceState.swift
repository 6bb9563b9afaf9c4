import Glibc
import Reconciliation

/// What the service manager is told.
package enum ServiceState: Sendable, Equatable {
    case ready
    /// Begins a reload that ends with `ready`; the time of `CLOCK_MONOTONIC`, so that the manager can order events.
    case reloading(monotonicMicroseconds: Int64)
    case stopping
    /// One line for people.
    case status(String)
    /// Alive, because something was done.
    case watchdog

    /// A reload that begins now.
    package static func reloadingNow() -> ServiceState {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .reloading(monotonicMicroseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    var text: String {
        switch self {
        case .ready: "READY=1"
        case .reloading(let microseconds): "RELOADING=1\nMONOTONIC_USEC=\(microseconds)"
        case .stopping: "STOPPING=1"
        case .status(let line): "STATUS=\(Self.oneLine(line))"
        case .watchdog: "WATCHDOG=1"
        }
    }

    /// A line end would begin another assignment.
    private static func oneLine(_ text: String) -> String {
        let cut = LogText.cut(text, to: LogFormatter.longestText)
        return String(cut.unicodeScalars.map { $0.isHidden ? " " : Character($0) })
    }
}
