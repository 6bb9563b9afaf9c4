internal import CSystem
internal import Dispatch
internal import Glibc

/// Watches any number of sockets through one epoll descriptor, and that through one dispatch source. With a source a
/// socket, every request costs a trip to libdispatch's manager thread and back: more than everything else together.
///
/// `@unchecked Sendable`: confined to its queue.
final class SocketPoller: @unchecked Sendable {
    let queue: DispatchQueue
    private let descriptor: Int32
    private let source: any DispatchSourceRead
    private var sockets: [UInt64: StreamSocket] = [:]
    private var added: UInt64 = 0
    private var events = [epoll_event](repeating: epoll_event(), count: 128)

    private static let lingerMilliseconds: Int32 = 1
    private static let turnNanoseconds: UInt64 = 5_000_000

    init(queue: DispatchQueue) {
        self.queue = queue
        let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(descriptor >= 0, "no epoll descriptor: \(SimulatorError.reason())")
        self.descriptor = descriptor
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setCancelHandler { Glibc.close(descriptor) }
        source.setEventHandler { [weak self] in self?.turn() }
        source.resume()
    }

    deinit {
        source.cancel()
    }

    /// Reports on the socket until it is removed; returns what it is called here.
    func add(_ socket: StreamSocket) -> UInt64 {
        // A number of its own: the descriptor's may be another socket's before the last event was looked at.
        added += 1
        sockets[added] = socket
        control(EPOLL_CTL_ADD, socket, added, isWriting: false)
        return added
    }

    /// Whether room to write is reported, too.
    func change(_ socket: StreamSocket, _ id: UInt64, isWriting: Bool) {
        control(EPOLL_CTL_MOD, socket, id, isWriting: isWriting)
    }

    /// To be called before the socket's descriptor is closed.
    func remove(_ socket: StreamSocket, _ id: UInt64) {
        sockets[id] = nil
        control(EPOLL_CTL_DEL, socket, id, isWriting: false)
    }

    private func control(_ operation: Int32, _ socket: StreamSocket, _ id: UInt64, isWriting: Bool) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (isWriting ? EPOLLOUT.rawValue : 0)
        event.data.u64 = id
        epoll_ctl(descriptor, operation, socket.descriptor, &event)
    }

    /// Serves what is ready, then waits a moment for more: who was just answered asks again within microseconds. It
    /// returns after some milliseconds, however busy, because timers wait for the queue.
    private func turn() {
        let end = DispatchTime.now().uptimeNanoseconds + Self.turnNanoseconds
        repeat {
            let count = epoll_wait(descriptor, &events, Int32(events.count), Self.lingerMilliseconds)
            guard count > 0 else { return }
            for event in events[..<Int(count)] { sockets[event.data.u64]?.ready(event.events) }
        } while DispatchTime.now().uptimeNanoseconds < end
    }
}
