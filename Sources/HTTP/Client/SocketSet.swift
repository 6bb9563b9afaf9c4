import CCurl
import CSystem
import Engine
import Glibc

/// The sockets libcurl wants watched, and those it has open.
@EventLoop
final class SocketSet {
    private struct Watch {
        /// Of this watch alone: the socket's number may be another's before the last event was looked at.
        let name: UInt64
        /// `EPOLLIN`, `EPOLLOUT`; 0 while libcurl wants to hear nothing.
        var wanted: UInt32 = 0
        /// What the poll tells of it; 0 while it is not there.
        var told: UInt32 = 0
    }

    private static let failure = EPOLLHUP.rawValue | EPOLLERR.rawValue

    /// Descriptors left to others: libdispatch ends the process, and SQLite cannot commit, when there is none.
    private static let spared = 16

    /// Made with the first watch; nil where that failed.
    private var poll: EventPoll?
    private var watches: [Int32: Watch] = [:]
    private var watchCount: UInt64 = 0
    /// Opened here and not closed yet. libcurl has others, to hear from its resolver, which it closes itself.
    private var own: Set<Int32> = []
    /// Told a socket and `CURL_CSELECT_…`.
    private let action: @EventLoop (Int32, Int32) -> Void

    init(action: @escaping @EventLoop (Int32, Int32) -> Void) {
        self.action = action
    }

    /// - Parameter interest: `CURL_POLL_…`.
    /// - Returns: false when it cannot be watched.
    func watch(_ socket: Int32, for interest: Int32) -> Bool {
        // What libcurl closes itself may be closed already, and its number another's.
        if !own.contains(socket) { drop(socket) }
        let wanted = Self.events(interest)
        guard wanted != 0 else {
            // A connection stays in the poll: it waits for its next request more often than it ends.
            watches[socket]?.wanted = 0
            return true
        }
        var watch = watches[socket] ?? newWatch(of: socket)
        watch.wanted = wanted
        defer { watches[socket] = watch }
        return tell(&watch, of: socket)
    }

    /// As socket(2), but not inherited by the programs that alerts start.
    func open(family: Int32, type: Int32, protocol: Int32) -> Int32 {
        let socket = Glibc.socket(family, type | Int32(SOCK_CLOEXEC.rawValue), `protocol`)
        guard socket >= 0 else { return socket }
        guard Int(socket) + Self.spared < Int(clamping: bizgo_descriptor_limit()) else {
            _ = Glibc.close(socket)
            return CURL_SOCKET_BAD
        }
        // What was known of the number belongs to a socket that is gone.
        drop(socket)
        own.insert(socket)
        return socket
    }

    func close(_ socket: Int32) {
        drop(socket)
        own.remove(socket)
        _ = Glibc.close(socket)
    }

    func forgetAll() {
        watches = [:]
        poll = nil
    }

    private func newWatch(of socket: Int32) -> Watch {
        watchCount += 1
        return Watch(name: watchCount << 32 | UInt64(UInt32(bitPattern: socket)))
    }

    /// Has the poll tell what is wanted, where it does not.
    private func tell(_ watch: inout Watch, of socket: Int32) -> Bool {
        guard watch.wanted != watch.told else { return true }
        if poll == nil {
            poll = EventPoll(queue: EventLoop.queue) { [weak self] event in
                EventLoop.assumeIsolated { self?.report(event) }
            }
        }
        guard let poll else { return false }
        let isTold =
            watch.told == 0
            ? poll.add(socket, for: watch.wanted, name: watch.name)
            : poll.change(socket, to: watch.wanted, name: watch.name)
        if isTold { watch.told = watch.wanted }
        return isTold
    }

    private func report(_ event: EventPoll.Event) {
        let socket = Int32(truncatingIfNeeded: event.name)
        guard let watch = watches[socket], watch.name == event.name else { return }
        guard watch.wanted != 0 else {
            // Most often the server has closed it, which libcurl will see when it wants to use it. It would be told
            // for ever.
            poll?.remove(socket)
            watches[socket]?.told = 0
            return
        }
        // What has failed is told whether wanted or not, and libcurl learns of it by reading or writing.
        let ready = event.events & Self.failure != 0 ? watch.wanted : event.events & watch.wanted
        if ready != 0 { action(socket, Self.selection(ready)) }
    }

    private func drop(_ socket: Int32) {
        guard let watch = watches.removeValue(forKey: socket), watch.told != 0 else { return }
        poll?.remove(socket)
    }

    private static func events(_ interest: Int32) -> UInt32 {
        switch interest {
        case CURL_POLL_IN: EPOLLIN.rawValue
        case CURL_POLL_OUT: EPOLLOUT.rawValue
        case CURL_POLL_INOUT: EPOLLIN.rawValue | EPOLLOUT.rawValue
        default: 0
        }
    }

    private static func selection(_ events: UInt32) -> Int32 {
        (events & EPOLLIN.rawValue != 0 ? CURL_CSELECT_IN : 0)
            | (events & EPOLLOUT.rawValue != 0 ? CURL_CSELECT_OUT : 0)
    }
}
