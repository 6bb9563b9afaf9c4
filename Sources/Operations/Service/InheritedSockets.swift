internal import Glibc

/// The sockets that the service manager opened and handed on (`sd_listen_fds(3)`, without libsystemd).
///
/// They stay open as long as the process lives, whatever it is configured to listen on meanwhile: their number would
/// otherwise become another's.
package struct InheritedSockets: Sendable {
    /// Of descriptors; empty where none were handed on.
    package let descriptors: [Int32]

    private static let first: Int32 = 3
    private static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]

    package static let none = InheritedSockets(descriptors: [])

    /// Takes what was handed to this process. To be called once, before there is a second thread: what was told by the
    /// environment is taken out of it, as it holds for no child.
    package static func take() -> InheritedSockets {
        let environment = variables.prefix(2).map { name in getenv(name).map { String(cString: $0) } }
        for name in variables { unsetenv(name) }
        let sockets = InheritedSockets(process: environment[0], count: environment[1], processID: getpid())
        for descriptor in sockets.descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        return sockets
    }

    /// - Parameters:
    ///   - process: whom they are for.
    ///   - count: how many there are.
    init(process: String?, count: String?, processID: Int32) {
        // 1,000 is beyond all reason, and below every limit of descriptors.
        guard let process, Int32(process) == processID, let count = count.flatMap({ Int32($0) }),
            (1...1000).contains(count)
        else {
            descriptors = []
            return
        }
        descriptors = Array(Self.first..<Self.first + count)
    }

    init(descriptors: [Int32]) {
        self.descriptors = descriptors
    }

    /// Copies, for somebody who closes them.
    package func copies() -> [Int32] {
        descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }.filter { $0 >= 0 }
    }
}
