internal import CSystem
package import Dispatch
internal import Glibc

/// Watches any number of stream sockets on one queue.
///
/// `@unchecked Sendable`: confined to its queue.
package final class SocketPoller: @unchecked Sendable {
    package let queue: DispatchQueue
    private var poll: EventPoll?
    private var sockets: [UInt64: StreamSocket] = [:]
    private var added: UInt64 = 0

    /// - Parameter lingerMilliseconds: how long the queue's thread waits for more; 0 for a queue that others use.
    package init(queue: DispatchQueue, lingerMilliseconds: Int32 = 0) {
        self.queue = queue
        poll = EventPoll(queue: queue, lingerMilliseconds: lingerMilliseconds) { [weak self] event in
            self?.sockets[event.name]?.ready(event.events)
        }
        precondition(poll != nil, "no epoll descriptor: \(String(cString: strerror(errno)))")
    }

    /// Reports on the socket until it is removed; returns what it is called here.
    fileprivate func add(_ socket: StreamSocket) -> UInt64 {
        added += 1
        sockets[added] = socket
        _ = poll?.add(socket.descriptor, for: EPOLLIN.rawValue, name: added)
        return added
    }

    /// Whether there is something to read is reported, and whether there is room to write.
    fileprivate func change(_ socket: StreamSocket, _ name: UInt64, isReading: Bool, isWriting: Bool) {
        let events = (isReading ? EPOLLIN.rawValue : 0) | (isWriting ? EPOLLOUT.rawValue : 0)
        _ = poll?.change(socket.descriptor, to: events, name: name)
    }

    /// To be called before the socket's descriptor is closed.
    fileprivate func remove(_ socket: StreamSocket, _ name: UInt64) {
        sockets[name] = nil
        poll?.remove(socket.descriptor)
    }
}

/// A non-blocking socket, watched by a poller on its queue.
///
/// `@unchecked Sendable`: everything here runs on that queue; only references travel.
package final class StreamSocket: @unchecked Sendable {
    package let descriptor: Int32
    private unowned let poller: SocketPoller
    private var name: UInt64?
    private var onReadable: (() -> Void)?
    private var onWritable: (() -> Void)?
    private var isReading = true
    package private(set) var isOpen = true

    /// Takes the descriptor over; it is closed when the socket is.
    package init(_ descriptor: Int32, poller: SocketPoller) {
        self.descriptor = descriptor
        self.poller = poller
    }

    deinit {
        // The kernel takes it off the poller, which may be gone already.
        if isOpen { Glibc.close(descriptor) }
    }

    /// Begins to report that there is something to read, until closed.
    package func start(onReadable: @escaping () -> Void) {
        self.onReadable = onReadable
        name = poller.add(self)
    }

    /// Stops or resumes reports that there is something to read; that the connection broke is reported all the same.
    package func setReading(_ isReading: Bool) {
        self.isReading = isReading
        tell()
    }

    /// Reports, until told to stop, that there is room to write. To be called after `start`.
    package func startWriting(_ onWritable: @escaping () -> Void) {
        guard self.onWritable == nil else { return }
        self.onWritable = onWritable
        tell()
    }

    package func stopWriting() {
        guard onWritable != nil else { return }
        onWritable = nil
        tell()
    }

    /// Closes the descriptor; nothing is reported after that.
    package func close(reset: Bool = false) {
        guard isOpen else { return }
        isOpen = false
        if let name { poller.remove(self, name) }
        name = nil
        onReadable = nil
        onWritable = nil
        if reset {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        }
        Glibc.close(descriptor)
    }

    /// What the poller saw; errors show when reading.
    fileprivate func ready(_ events: UInt32) {
        if events & ~EPOLLOUT.rawValue != 0 { onReadable?() }
        if events & EPOLLOUT.rawValue != 0 { onWritable?() }
    }

    private func tell() {
        if let name { poller.change(self, name, isReading: isReading, isWriting: onWritable != nil) }
    }

    /// Also for a socket that another program made. What a listener accepts sends at once as the listener does.
    package static func makeNonBlocking(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var one: Int32 = 1
        // Fails for what is no TCP socket, which does not wait with small packets anyway.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    /// As connect(2), to a port of 127.0.0.1.
    package static func connect(_ descriptor: Int32, toLoopback port: UInt16) -> Int32 {
        SocketAddress(.loopback, port).with { Glibc.connect(descriptor, $0, $1) }
    }
}
