import Glibc

/// Tells the service manager how the daemon is (`sd_notify(3)`, without libsystemd). Does nothing where there is no
/// service manager. Sends on a socket of its own each time: that is rare, and nothing can go stale.
package struct ServiceNotifier: Sendable {
    /// The process should say `WATCHDOG=1` more often than this (half of it is usual); nil: no watchdog.
    package let watchdogInterval: Duration?
    private let socketName: String?

    package init(environment: [String: String], processID: Int32 = getpid()) {
        let name = environment["NOTIFY_SOCKET"] ?? ""
        socketName = name.isEmpty ? nil : name
        watchdogInterval = Self.watchdogInterval(environment, processID)
    }

    /// Whether anybody listens.
    package var isConnected: Bool { socketName != nil }

    /// Sends states in one datagram; nil when sent, or when nobody listens. Waits at most a second for a busy manager.
    @discardableResult
    package func send(_ states: ServiceState...) -> NotifyFailure? {
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
    private static func address(_ name: String) -> (value: sockaddr_un, length: socklen_t)? {
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
    private static func watchdogInterval(_ environment: [String: String], _ processID: Int32) -> Duration? {
        guard let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init), microseconds > 0 else { return nil }
        if let named = environment["WATCHDOG_PID"], Int32(named) != processID { return nil }
        return .microseconds(microseconds)
    }
}
