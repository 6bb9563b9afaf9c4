import Dispatch
import Engine
import Glibc

/// Tells when one socket is ready for one direction, by a dispatch source.
///
/// The source watches a duplicate of the descriptor, its own, which its cancel handler closes. libdispatch needs a
/// descriptor open until then, while libcurl closes the socket as soon as it has said that it need not be watched
/// any more; and a number used again too early would make the next socket deaf. (One duplicate a direction, since
/// on Linux libdispatch confuses a reading source with a writing one that was there before on the same number.)
@Loop
final class Readiness {
    enum Direction {
        case reading
        case writing
    }

    /// Whether anybody wants to hear of it. The source goes on for a while when not: a connection waits for its
    /// next request more often than it ends.
    var isWanted = true {
        didSet {
            guard isWanted, isSuspended else { return }
            isSuspended = false
            source.resume()
        }
    }

    private let source: any DispatchSourceProtocol
    private var isSuspended = false

    /// - Returns: nil when there is no descriptor left.
    init?(_ socket: Int32, _ direction: Direction, action: @escaping @Loop () -> Void) {
        let duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { return nil }
        source =
            switch direction {
            case .reading: DispatchSource.makeReadSource(fileDescriptor: duplicate, queue: Loop.queue)
            case .writing: DispatchSource.makeWriteSource(fileDescriptor: duplicate, queue: Loop.queue)
            }
        source.setEventHandler { [weak self] in
            Loop.assumeIsolated { self?.isReady(action) }
        }
        source.setCancelHandler { _ = Glibc.close(duplicate) }
        source.activate()
    }

    /// To be called before it is released. Nothing is told afterwards.
    func cancel() {
        source.cancel()
        // A suspended source would never come to its cancel handler, and must not be released.
        isWanted = true
    }

    private func isReady(_ action: @Loop () -> Void) {
        if isWanted {
            action()
        } else if !isSuspended {
            isSuspended = true
            source.suspend()
        }
    }
}
