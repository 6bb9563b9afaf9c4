import Glibc

/// Why a file could not be read.
package enum FileFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// An `errno`.
    case system(Int32)
    case notAFile
    /// More bytes than allowed.
    case tooLarge(than: Int)

    package var isMissing: Bool { self == .system(ENOENT) || self == .system(ENOTDIR) }

    package var description: String {
        switch self {
        case .system(let code): String(cString: strerror(code))
        case .notAFile: "not a regular file"
        case .tooLarge(let limit): "larger than \(limit >> 20) MiB"
        }
    }
}
