internal import Dispatch
internal import Glibc

/// A non-blocking socket on a serial queue, with its two dispatch sources.
///
/// `@unchecked Sendable`: everything here runs on the queue it was made with; only references travel.
final class StreamSocket: @unchecked Sendable {
    let descriptor: Int32
    private let queue: DispatchQueue
    private let reader: any DispatchSourceRead
    private var writer: (any DispatchSourceWrite)?
    private var writerIsActive = false
    private var isOpen = true
    private let closer: SourceCount

    /// Takes the descriptor over; it is closed when the socket is.
    init(_ descriptor: Int32, queue: DispatchQueue) {
        self.descriptor = descriptor
        self.queue = queue
        reader = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        let closer = SourceCount(descriptor)
        self.closer = closer
        reader.setCancelHandler { closer.finish() }
    }

    deinit {
        // A source must not be released before it was resumed; `start` is called right after the initializer.
        close()
    }

    /// Begins to report that there is something to read.
    func start(onReadable: @escaping () -> Void) {
        reader.setEventHandler(handler: onReadable)
        reader.resume()
    }

    /// Reports, until told to stop, that there is room to write.
    func startWriting(_ onWritable: @escaping () -> Void) {
        guard isOpen, !writerIsActive else { return }
        writerIsActive = true
        if let writer { return writer.resume() }
        let source = DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler(handler: onWritable)
        let closer = closer
        closer.add()
        source.setCancelHandler { closer.finish() }
        source.resume()
        writer = source
    }

    func stopWriting() {
        guard writerIsActive else { return }
        writerIsActive = false
        writer?.suspend()
    }

    /// Closes the descriptor once both sources are done with it: closing earlier would let another connection get
    /// the same number while a source still watches it.
    func close(reset: Bool = false) {
        guard isOpen else { return }
        isOpen = false
        if reset {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        }
        reader.cancel()
        if let writer {
            writer.cancel()
            // A suspended source is never told that it was cancelled, and must not be released either.
            if !writerIsActive { writer.resume() }
            writerIsActive = false
        }
    }

    static func makeNonBlocking(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    /// An address on loopback, the only place the simulator listens on or talks to.
    static func withLoopback<T>(port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// Closes a descriptor when the last of its sources was cancelled; confined to their queue, hence unchecked.
private final class SourceCount: @unchecked Sendable {
    private let descriptor: Int32
    private var left = 1

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    func add() {
        left += 1
    }

    func finish() {
        left -= 1
        if left == 0 { Glibc.close(descriptor) }
    }
}
