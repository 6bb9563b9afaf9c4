internal import CSystem
internal import Dispatch
internal import Engine
internal import Glibc
internal import Operations
internal import Reconciliation
internal import Synchronization

/// How many file descriptors there are, and what for. libdispatch ends the process when it gets none, so they must
/// not run out.
enum DescriptorLimit {
    /// What no command can do without: the streams, libdispatch's own, the database's, some to spare.
    private static let least = 32
    /// Beside connections to the provider and to sinks, an ordinary sink included: the two connections to the
    /// database, temporary files, a program that is started, libdispatch's, and some to spare.
    private static let reserve = 48
    /// A socket, and two more while its host's name is looked up.
    private static let perConnection = 3
    /// Enough for whatever may be configured; more would slow programs down that close all there could be.
    private static let most: UInt = 65_536

    static var current: Int { Int(clamping: bizgo_descriptor_limit()) }

    /// As far up as it may go without privileges.
    /// - Throws: exit 70 when there are too few for anything.
    static func raise() throws(CommandFailure) {
        bizgo_raise_descriptor_limit(most)
        guard current < least else { return }
        throw CommandFailure(
            .software,
            "the process may have only \(current) file descriptors and needs \(least) at least: raise the limit"
                + " (\(remedy))")
    }

    /// - Returns: why so many requests at a time cannot be; nil when they can.
    static func obstacle(maxInFlight: Int, limit: Int = current) -> String? {
        let needed = reserve + perConnection * maxInFlight
        guard needed > limit else { return nil }
        let fitting = (limit - reserve) / perConnection
        let lower = fitting > 0 ? "lower it to \(fitting), or " : ""
        return "\(maxInFlight) at a time may take \(needed) file descriptors, and the process may have \(limit):"
            + " \(lower)raise the limit (\(remedy))"
    }

    /// How many connections the listener may have beside so many requests: as many as webhooks may wait while the store is
    /// slow, and fewer where descriptors are few.
    static func listenerPlaces(maxInFlight: Int, limit: Int = current) -> Int {
        min(max(limit - reserve - perConnection * maxInFlight, fewestPlaces), mostPlaces)
    }

    private static let fewestPlaces = 16
    /// The provider sends 200 a second, and waits 5 s for each.
    private static let mostPlaces = 2048

    private static let remedy = "LimitNOFILE= in its unit, or `ulimit -n`"
}

/// Descriptors 0, 1 and 2.
enum StandardStreams {
    /// Puts something in the place of those that are closed: the next file to be opened, the database perhaps, would
    /// get the number, and the log would be written into it. What is written there still fails, for nobody gets it.
    static func occupy() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is the next one that is closed.
            guard open("/dev/null", O_RDONLY) == descriptor else { exit(ExitCode.software.rawValue) }
        }
    }
}

/// Ends a process that was told to, whatever hangs. It works on a queue of its own, since the loop may be what hangs: in
/// a write to a disk that is gone, say.
final class LastResort: Sendable {
    /// After the first signal.
    static let limit = Duration.milliseconds(4250)
    /// Beyond that, for the log's last line.
    private static let forLastWords = DispatchTimeInterval.milliseconds(250)

    private let queue = DispatchQueue(label: "bizgo-reconciler.last-resort")
    private let isCalled = Atomic<Bool>(false)
    /// Said before the end, where the loop still turns.
    @EventLoop var lastWords: (@EventLoop () -> Void)?

    /// Of the signals that end the process the first begins the time, and the second ends it.
    func called(by signal: Int32) {
        guard isCalled.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else {
            _exit(128 + signal)
        }
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(Self.limit.wholeMilliseconds))) { self.end() }
    }

    private func end() {
        EventLoop.queue.async {
            EventLoop.assumeIsolated { self.lastWords?() }
            _exit(EXIT_SUCCESS)
        }
        queue.asyncAfter(deadline: .now() + Self.forLastWords) { _exit(EXIT_SUCCESS) }
    }
}
