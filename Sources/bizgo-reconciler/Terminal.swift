internal import Engine
internal import Glibc
internal import Operations

/// Whole lines to the standard streams. `print` would buffer, and `stdout` cannot be named in Swift 6.
enum Terminal {
    /// Why not all output was taken, if so: a command whose answer nobody got has failed.
    @EventLoop private(set) static var failure: String?

    /// As it is: for JSON, and for text that is all our own.
    @EventLoop
    static func output(_ line: String) {
        if let error = write(line + "\n", to: STDOUT_FILENO) { failure = String(cString: strerror(error)) }
    }

    /// One line with foreign text in it, from a table or a file, which must not steer the terminal.
    @EventLoop
    static func line(_ text: String) {
        output(LogText.visible(text))
    }

    /// One line on stderr; it may have foreign text in it.
    static func error(_ text: String) {
        write("bizgo-reconciler: \(LogText.visible(text))\n", to: STDERR_FILENO)
    }

    /// Rewrites the last line of a terminal on stderr; writes nothing where stderr is none.
    static func progress(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        write("\r\u{1B}[K" + text, to: STDERR_FILENO)
    }

    /// - Returns: the `errno` with which the stream refused the rest.
    @discardableResult
    private static func write(_ text: String, to descriptor: Int32) -> Int32? {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EAGAIN {
                awaitRoom(on: descriptor)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }

    /// A descriptor inherited from somebody who does not block on it: blocks all the same.
    private static func awaitRoom(on descriptor: Int32) {
        var awaited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&awaited, 1, -1)
    }
}
