internal import Glibc
internal import Operations

/// Descriptors 0, 1 and 2.
enum StandardStreams {
    /// Puts something in the place of those that are closed: the next file to be opened, the database perhaps, would
    /// get the number, and the log would be written into it. What is written there still fails, for nobody gets it.
    static func occupy() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is the next one that is closed.
            guard open("/dev/null", O_RDONLY) == descriptor else { exit(ExitCode.software.rawValue) }
        }
    }
}
