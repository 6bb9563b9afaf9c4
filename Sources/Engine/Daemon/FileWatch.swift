internal import Dispatch
internal import Glibc

/// Tells, on the loop, that a file was touched, without looking at it again and again.
@EventLoop
package final class FileWatch: Ticking {
    /// Its times or its content are set, or another file takes its place. Not that it is opened or closed: who tries a
    /// lock does that, fifty times a second.
    private static let changes = UInt32(IN_ATTRIB | IN_MODIFY | IN_MOVE_SELF)
    private static let bufferSize = 4096

    private let path: String
    private let descriptor: Int32
    private let source: any DispatchSourceRead

    /// - Parameter onChange: called once for changes that come together, until `cancel`.
    /// - Returns: nil where there is no such file, or where the system has no watch left for this user.
    package init?(_ path: String, onChange: @escaping @EventLoop () -> Void) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        guard Self.watch(path, descriptor) else {
            close(descriptor)
            return nil
        }
        self.path = path
        self.descriptor = descriptor
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: EventLoop.queue)
        source.setEventHandler { [weak self] in
            EventLoop.assumeIsolated {
                if self?.readAll() == true { onChange() }
            }
        }
        source.setCancelHandler { _ = Glibc.close(descriptor) }
        source.resume()
    }

    /// A watch of the file, or where none can be had, looks at it.
    package static func orLooks(
        at path: String, onChange: @escaping @EventLoop () -> Void
    ) -> any Ticking {
        FileWatch(path, onChange: onChange) ?? FileLook(path, onChange: onChange)
    }

    isolated deinit {
        source.cancel()
    }

    /// Nothing is told any more.
    package func cancel() {
        source.cancel()
    }

    /// - Returns: whether there was anything.
    private func readAll() -> Bool {
        var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
        guard read(descriptor, &buffer, buffer.count) > 0 else { return false }
        while read(descriptor, &buffer, buffer.count) > 0 {}
        // Another file may have the name now; of the same one there is only ever one watch.
        _ = Self.watch(path, descriptor)
        return true
    }

    private static func watch(_ path: String, _ descriptor: Int32) -> Bool {
        inotify_add_watch(descriptor, path, changes) >= 0
    }
}
