package import Engine
internal import FoundationEssentials
internal import Glibc
internal import Reconciliation

/// Tells the service manager how the daemon is (`sd_notify(3)`, without libsystemd). Does nothing where there is no
/// service manager; what cannot be told is not worth stopping for. Sends on a socket of its own each time: that is rare,
/// and nothing can go stale.
@EventLoop
package final class ServiceNotifier: ServiceManager {
    /// The process should say `WATCHDOG=1` more often than this (half of it is usual); nil: no watchdog.
    package nonisolated let watchdogInterval: Duration?
    private let socketName: String?

    package nonisolated convenience init() {
        self.init(environment: ProcessInfo.processInfo.environment)
    }

    nonisolated init(environment: [String: String], processID: Int32 = getpid()) {
        let name = environment["NOTIFY_SOCKET"] ?? ""
        socketName = name.isEmpty ? nil : name
        watchdogInterval = Self.watchdogInterval(environment, processID)
    }

    package func ready(_ status: String) { send(.ready, .status(status)) }

    package func status(_ text: String) { send(.status(text)) }

    package func reloading() { send(.reloadingNow()) }

    package func alive() { send(.watchdog) }

    package func stopping(_ status: String) { send(.stopping, .status(status)) }

    /// Sends states in one datagram; nil when sent, or when nobody listens. Waits at most a second for a busy manager.
    @discardableResult
    nonisolated func send(_ states: ServiceState...) -> NotifyFailure? {
        guard let socketName, !states.isEmpty else { return nil }
        let message = Array(states.map(\.text).joined(separator: "\n").utf8)
        guard var address = Self.address(socketName) else { return .unusableName }

        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return .system(errno) }
        defer { close(descriptor) }
        var timeout = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))

        while true {
            let sent = withUnsafePointer(to: &address.value) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, address.length)
                }
            }
            if sent == message.count { return nil }
            if sent < 0, errno == EINTR { continue }
            return .system(sent < 0 ? errno : EMSGSIZE)
        }
    }

    /// A path, or `@` and a name in the abstract namespace (a zero byte instead of the `@`).
    private nonisolated static func address(_ name: String) -> (value: sockaddr_un, length: socklen_t)? {
        var bytes = Array(name.utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        let offset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
        let isAbstract = bytes[0] == UInt8(ascii: "@")
        guard isAbstract || bytes[0] == UInt8(ascii: "/"), bytes.count > 1, !bytes.contains(0) else { return nil }
        if isAbstract { bytes[0] = 0 } else { bytes.append(0) }
        guard bytes.count <= room else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return (address, socklen_t(offset + bytes.count))
    }

    /// The watchdog is for the process it names, or for whoever reads it where it names none.
    private nonisolated static func watchdogInterval(_ environment: [String: String], _ processID: Int32) -> Duration? {
        guard let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init), microseconds > 0 else { return nil }
        if let named = environment["WATCHDOG_PID"], Int32(named) != processID { return nil }
        return .microseconds(microseconds)
    }
}

/// What the service manager is told.
enum ServiceState {
    case ready
    /// Begins a reload that ends with `ready`; the time of `CLOCK_MONOTONIC`, so that the manager can order events.
    case reloading(monotonicMicroseconds: Int64)
    case stopping
    /// One line for people.
    case status(String)
    /// Alive, because something was done.
    case watchdog

    /// A reload that begins now.
    static func reloadingNow() -> ServiceState {
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
    private nonisolated static func oneLine(_ text: String) -> String {
        let cut = LogText.cut(text, to: LogFormatter.longestText)
        return String(cut.unicodeScalars.map { $0.isHidden ? " " : Character($0) })
    }
}

/// Why the service manager could not be told.
enum NotifyFailure: Equatable {
    /// An `errno`: `ENOENT` or `ECONNREFUSED` when the manager's socket is gone, `EAGAIN` when it does not read.
    case system(Int32)
    /// `NOTIFY_SOCKET` is neither a path nor an abstract name, or is too long.
    case unusableName
}
