import CCurl
import Engine
import Glibc

/// The sockets libcurl wants watched, and those it has open.
@Loop
final class SocketSet {
    private struct Watch {
        var reading: Readiness?
        var writing: Readiness?
    }

    private var watches: [Int32: Watch] = [:]
    /// Opened here and not closed yet. libcurl has others, to hear from its resolver, which it closes itself.
    private var own: Set<Int32> = []
    /// Told a socket and `CURL_CSELECT_IN` or `CURL_CSELECT_OUT`.
    private let action: @Loop (Int32, Int32) -> Void

    init(action: @escaping @Loop (Int32, Int32) -> Void) {
        self.action = action
    }

    /// - Parameter interest: `CURL_POLL_…`.
    /// - Returns: false when it cannot be watched.
    func watch(_ socket: Int32, for interest: Int32) -> Bool {
        if interest == CURL_POLL_REMOVE, !own.contains(socket) {
            drop(socket)
            return true
        }
        let reads = interest == CURL_POLL_IN || interest == CURL_POLL_INOUT
        let writes = interest == CURL_POLL_OUT || interest == CURL_POLL_INOUT
        var watch = watches[socket] ?? Watch()
        if let reading = watch.reading {
            reading.isWanted = reads
        } else if reads {
            watch.reading = Readiness(socket, .reading) { [weak self] in self?.action(socket, CURL_CSELECT_IN) }
        }
        if let writing = watch.writing {
            writing.isWanted = writes
        } else if writes {
            watch.writing = Readiness(socket, .writing) { [weak self] in self?.action(socket, CURL_CSELECT_OUT) }
        }
        watches[socket] = watch
        return (!reads || watch.reading != nil) && (!writes || watch.writing != nil)
    }

    /// As socket(2), but not inherited by the programs that alerts start.
    func open(family: Int32, type: Int32, protocol: Int32) -> Int32 {
        let socket = Glibc.socket(family, type | Int32(SOCK_CLOEXEC.rawValue), `protocol`)
        guard socket >= 0 else { return socket }
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
        for socket in watches.keys { drop(socket) }
    }

    private func drop(_ socket: Int32) {
        guard let watch = watches.removeValue(forKey: socket) else { return }
        watch.reading?.cancel()
        watch.writing?.cancel()
    }
}
