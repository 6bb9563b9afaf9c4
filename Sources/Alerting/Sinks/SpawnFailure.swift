internal import Glibc

/// Why a program could not be started: an error number.
struct SpawnFailure: Error, Hashable, Sendable, CustomStringConvertible {
    let number: Int32

    /// Whether trying again will not help before somebody changes the file or the configuration.
    var isPermanent: Bool {
        [ENOENT, EACCES, ENOEXEC, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, EPERM].contains(number)
    }

    var description: String {
        switch number {
        case ENOENT: "no such program"
        case EACCES, EPERM: "not permitted"
        case ENOEXEC: "not a program"
        case EAGAIN, ENOMEM, EMFILE, ENFILE: "out of resources (error \(number))"
        default: "error \(number)"
        }
    }
}
