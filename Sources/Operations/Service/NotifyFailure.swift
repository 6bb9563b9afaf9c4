import Glibc

/// Why the service manager could not be told.
package enum NotifyFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// An `errno`: `ENOENT` or `ECONNREFUSED` when the manager's socket is gone, `EAGAIN` when it does not read.
    case system(Int32)
    /// `NOTIFY_SOCKET` is neither a path nor an abstract name, or is too long.
    case unusableName

    package var description: String {
        switch self {
        case .system(let code): "cannot notify the service manager: \(String(cString: strerror(code)))"
        case .unusableName: "NOTIFY_SOCKET is not the path or @name of a socket"
        }
    }
}
