internal import CSystem
internal import Glibc

/// A non-blocking socket, watched by a poller on its queue.
///
/// `@unchecked Sendable`: everything here runs on that queue; only references travel.
final class StreamSocket: @unchecked Sendable {
    let descriptor: Int32
    private unowned let poller: SocketPoller
    private var id: UInt64?
    private var onReadable: (() -> Void)?
    private var onWritable: (() -> Void)?
    private var isOpen = true

    /// Takes the descriptor over; it is closed when the socket is.
    init(_ descriptor: Int32, poller: SocketPoller) {
        self.descriptor = descriptor
        self.poller = poller
    }

    deinit {
        // The kernel takes it off the poller, which may be gone already.
        if isOpen { Glibc.close(descriptor) }
    }

    /// Begins to report that there is something to read, until closed.
    func start(onReadable: @escaping () -> Void) {
        self.onReadable = onReadable
        id = poller.add(self)
    }

    /// Reports, until told to stop, that there is room to write. To be called after `start`.
    func startWriting(_ onWritable: @escaping () -> Void) {
        guard let id, self.onWritable == nil else { return }
        self.onWritable = onWritable
        poller.change(self, id, isWriting: true)
    }

    func stopWriting() {
        guard let id, onWritable != nil else { return }
        onWritable = nil
        poller.change(self, id, isWriting: false)
    }

    /// Closes the descriptor; nothing is reported after that.
    func close(reset: Bool = false) {
        guard isOpen else { return }
        isOpen = false
        if let id { poller.remove(self, id) }
        id = nil
        onReadable = nil
        onWritable = nil
        if reset {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        }
        Glibc.close(descriptor)
    }

    /// What the poller saw; errors show when reading.
    func ready(_ events: UInt32) {
        if events & ~EPOLLOUT.rawValue != 0 { onReadable?() }
        if events & EPOLLOUT.rawValue != 0 { onWritable?() }
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
