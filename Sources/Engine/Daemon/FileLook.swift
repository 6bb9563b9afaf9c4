internal import Glibc

/// Tells, on the loop, that a file was touched, by looking at it once a second: for systems that have no watch left
/// (`FileWatch`). A look costs one system call.
@EventLoop
package final class FileLook: Ticking {
    private static let pause = Duration.seconds(1)

    /// Which file it is, and when it was last changed.
    private struct Mark: Equatable {
        var inode: ino_t
        /// Nanoseconds since 1970.
        var changedAt: Int
    }

    private let path: String
    private let onChange: @EventLoop () -> Void
    private var seen: Mark?
    private var ticker: (any Ticking)?

    /// - Parameter onChange: called once for changes between two looks, until `cancel`.
    package init(
        _ path: String, makeTicker: TickerMaker = { Ticker(every: $0, handler: $1) },
        onChange: @escaping @EventLoop () -> Void
    ) {
        self.path = path
        self.onChange = onChange
        seen = Self.mark(path)
        ticker = makeTicker(Self.pause) { [weak self] in self?.look() }
    }

    isolated deinit {
        cancel()
    }

    /// Nothing is told any more.
    package func cancel() {
        ticker?.cancel()
        ticker = nil
    }

    private func look() {
        let found = Self.mark(path)
        guard found != seen else { return }
        seen = found
        onChange()
    }

    private static func mark(_ path: String) -> Mark? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Mark(inode: status.st_ino, changedAt: status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec)
    }
}
