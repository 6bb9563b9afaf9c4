import CSystem
import Dispatch
import Glibc

/// Tells which of any number of descriptors are ready, by one epoll descriptor, which one dispatch source watches. A
/// source a socket would cost every request trips to libdispatch's manager thread and back, and the source would need
/// a descriptor of its own.
///
/// `@unchecked Sendable`: confined to its queue.
final class EventPoll: @unchecked Sendable {
    /// One that is ready: what it was called, and `EPOLLIN`, `EPOLLOUT`, `EPOLLHUP`, `EPOLLERR`.
    typealias Event = (name: UInt64, events: UInt32)

    private static let eventsATurn = 128
    /// A turn that lingers ends after that, however busy, because timers wait for the queue.
    private static let turnNanoseconds: UInt64 = 5_000_000

    private let descriptor: Int32
    private let lingerMilliseconds: Int32
    private let source: any DispatchSourceRead
    private var events = [epoll_event](repeating: epoll_event(), count: EventPoll.eventsATurn)

    /// - Parameters:
    ///   - lingerMilliseconds: how long the queue's thread waits for more before it gives the queue back: who was just
    ///     answered asks again within microseconds. 0 for a queue that others use.
    ///   - action: told what is ready, and again as long as it is and is not removed.
    /// - Returns: nil when there is no descriptor left.
    init?(queue: DispatchQueue, lingerMilliseconds: Int32 = 0, action: @escaping (Event) -> Void) {
        let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        self.lingerMilliseconds = lingerMilliseconds
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { [weak self] in self?.turn(action) }
        source.setCancelHandler { _ = Glibc.close(descriptor) }
        source.activate()
    }

    deinit {
        source.cancel()
    }

    /// - Parameters:
    ///   - events: `EPOLLIN`, `EPOLLOUT`.
    ///   - name: what the descriptor is called in events. Its number will not do: it may be another's before the last
    ///     event was looked at.
    /// - Returns: false when it cannot be watched.
    func add(_ descriptor: Int32, for events: UInt32, name: UInt64) -> Bool {
        control(EPOLL_CTL_ADD, descriptor, events, name)
    }

    /// As `add`, of one that was added.
    func change(_ descriptor: Int32, to events: UInt32, name: UInt64) -> Bool {
        control(EPOLL_CTL_MOD, descriptor, events, name)
    }

    /// One that was closed since it was added has left by itself, and is no error.
    func remove(_ descriptor: Int32) {
        _ = control(EPOLL_CTL_DEL, descriptor, 0, 0)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ events: UInt32, _ name: UInt64) -> Bool {
        var event = epoll_event()
        event.events = events
        event.data.u64 = name
        return epoll_ctl(self.descriptor, operation, descriptor, &event) == 0
    }

    /// One batch, without waiting; the source fires again when there is more, after what waits for the queue meanwhile.
    /// Where it lingers, batches as long as they come quickly.
    private func turn(_ action: (Event) -> Void) {
        let end = DispatchTime.now().uptimeNanoseconds + Self.turnNanoseconds
        repeat {
            let count = epoll_wait(descriptor, &events, Int32(events.count), lingerMilliseconds)
            guard count > 0 else { return }
            for index in 0..<Int(count) { action((events[index].data.u64, events[index].events)) }
        } while lingerMilliseconds > 0 && DispatchTime.now().uptimeNanoseconds < end
    }
}
