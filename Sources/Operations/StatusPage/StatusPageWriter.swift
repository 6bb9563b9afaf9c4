package import Engine
package import Reconciliation

/// Keeps the status page up to date: after cycles, but not much more often than every 30 s; sooner when other alerts
/// fire than it shows.
///
/// It never takes more than a twentieth of the time. What fails is a line in the log, and nothing else.
@EventLoop
package final class StatusPageWriter {
    /// Between two looks at the alerts.
    private static let glance = Duration.seconds(2)
    private static let pause = Duration.seconds(30)

    private let ledger: any StatusLedger
    private let publish: @EventLoop (StatusReport.Content, Timestamp) throws(AtomicFile.Failure) -> Void
    private let time: any Timekeeper
    private let log: any Log

    private var round: Task<Void, Never>?
    private var isWanted = false
    private var isStopped = false
    private var lookedAt: Duration?
    private var writtenAt: Duration?
    /// What the last write took.
    private var cost = Duration.zero
    private var shown: [Shown] = []
    /// The failure that the log knows of.
    private var failure: String?

    /// - Parameter publish: makes the page and puts it where it belongs.
    package init(
        ledger: any StatusLedger, time: any Timekeeper, log: any Log,
        publish: @escaping @EventLoop (StatusReport.Content, Timestamp) throws(AtomicFile.Failure) -> Void
    ) {
        self.ledger = ledger
        self.time = time
        self.log = log
        self.publish = publish
    }

    /// No page is being made, and none is wanted.
    var isAtRest: Bool { round == nil }

    /// Something may have changed. Returns at once.
    package func wake() {
        isWanted = true
        guard round == nil, !isStopped else { return }
        round = EventLoop.task { [self] in await self.rounds() }
    }

    /// The same, and returns when what is due of it is done.
    package func look() async {
        wake()
        await round?.value
    }

    /// Ends when a page that is being written is written; then there are no more.
    package func stop() async {
        isStopped = true
        round?.cancel()
        await round?.value
    }

    private func rounds() async {
        while isWanted, !isStopped {
            if let lookedAt, (try? await time.sleep(for: max(.zero, lookedAt + Self.glance - time.uptime))) == nil {
                break
            }
            isWanted = false
            lookedAt = time.uptime
            if await isDue() { await write() }
        }
        round = nil
    }

    private func isDue() async -> Bool {
        guard let writtenAt, time.uptime - writtenAt < max(Self.pause, cost * 20) else { return true }
        guard time.uptime - writtenAt >= cost * 20, let firing = try? await ledger.firing(at: time.now) else {
            return false
        }
        return firing.map(Shown.init) != shown
    }

    private func write() async {
        let began = time.uptime
        let now = time.now
        do {
            let content = await read(at: now)
            // Who is to end may have been told not to wait for the store.
            if isStopped, case .unreadable = content { return }
            try publish(content, now)
            failure = nil
        } catch {
            if failure != error.message {
                log.write(LogEvent(.warn, .statusPageFailed, [LogField("error", .string(error.message))]))
            }
            failure = error.message
        }
        writtenAt = time.uptime
        cost = time.uptime - began
    }

    private func read(at now: Timestamp) async -> StatusReport.Content {
        do throws(LedgerError) {
            let figures = try await ledger.figures(at: now)
            shown = figures.firing.map(Shown.init)
            return .figures(figures)
        } catch {
            shown = []
            return .unreadable(error.message)
        }
    }

    /// What makes an alert look different to somebody who is called by it.
    private struct Shown: Equatable {
        var identity: AlertIdentity
        var episode: Int
        var isAcknowledged: Bool

        init(_ alert: Alert) {
            identity = alert.identity
            episode = alert.episode
            isAcknowledged = alert.isAcknowledged
        }
    }
}
