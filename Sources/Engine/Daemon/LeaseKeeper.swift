package import Reconciliation

/// Claims a lease again and again (`Lease`): stands by while another instance has it, renews it when it is ours, and tells
/// when it is lost.
@EventLoop
package final class LeaseKeeper {
    /// When a claim was asked for that was had, by both clocks: one of them stands still while the machine sleeps, the
    /// other is set.
    @EventLoop
    private struct Moment {
        let wall: Timestamp
        let uptime: Duration

        func age(_ time: any Timekeeper) -> Duration { max(time.uptime - uptime, time.now - wall) }
    }

    /// Nil before the first look that got an answer.
    package private(set) var standing: LeaseStanding?
    /// Called with every change of where this process stands.
    package var onChange: @EventLoop (LeaseStanding) -> Void = { _ in }

    /// Called after every look, whatever came of it.
    package var onLook: @EventLoop () -> Void = {}

    /// Why the last look got no answer; nil where it got one.
    package private(set) var failure: LedgerError?

    private let name: LeaseName
    private let lease: Lease
    private let instance: LeaseInstance
    private let ledger: any LeaseLedger
    private let time: any Timekeeper
    private let log: any Log
    private var claimed: Moment?
    /// When it was told last that looks get no answer; nil where they do, or that is nothing to tell.
    private var toldAt: Duration?
    private var looking: Task<Void, Never>?
    private var watch: Task<Void, Never>?
    private var waiters: [CheckedContinuation<Void, Never>] = []

    package init(
        _ name: LeaseName, _ lease: Lease, as instance: LeaseInstance, ledger: any LeaseLedger, time: any Timekeeper,
        log: any Log
    ) {
        self.name = name
        self.lease = lease
        self.instance = instance
        self.ledger = ledger
        self.time = time
        self.log = log
    }

    /// Of the lease, while it is ours.
    package var term: Int? { if case .working(let term)? = standing { term } else { nil } }

    /// Who has it instead, where that is known.
    package var owner: LeaseInstance? {
        switch standing {
        case .standingBy(let owner, _)?, .lost(let owner)?: owner
        case .working?, nil: nil
        }
    }

    /// Looks now, and from then on until it is given back.
    package func start() {
        guard watch == nil else { return }
        watch = EventLoop.task { [self] in
            while !Task.isCancelled, await lookAndPause() {}
        }
    }

    /// Returns when the lease is ours, with its term; nil when that is not waited for any more (`release`).
    package func had() async -> Int? {
        while term == nil, watch != nil {
            await withCheckedContinuation { waiters.append($0) }
        }
        return term
    }

    /// One look, beside others.
    package func look() async {
        if looking == nil {
            looking = EventLoop.task { [self] in
                await claim()
                looking = nil
                onLook()
            }
        }
        await looking?.value
    }

    /// Returns where it is beyond doubt that the lease is ours. A process that was paused must not act on what it knew.
    package func confirm() async throws(LedgerError) {
        if term == nil || !isClaimSure { await look() }
        if let failure { throw failure }
        guard term != nil else { throw LedgerError(.superseded, "another instance works on the database") }
    }

    /// Looks no more: another keeper of this process goes on with the lease.
    package func stop() {
        watch?.cancel()
        watch = nil
        resumeWaiters()
    }

    /// Looks no more, and gives the lease back where it is ours.
    package func release() async {
        stop()
        await looking?.value
        standing = nil
        // Where the server does not answer, the claim ends by itself.
        try? await ledger.release(name, by: instance)
    }

    private func lookAndPause() async -> Bool {
        let begun = time.uptime
        await look()
        let rest = lease.pause - (time.uptime - begun)
        return (try? await time.sleep(for: max(Self.shortestPause, rest))) != nil
    }

    /// After a look that took long.
    private static let shortestPause = Duration.milliseconds(20)

    private func claim() async {
        let moment = Moment(wall: time.now, uptime: time.uptime)
        do throws(LedgerError) {
            let claim = try await ledger.claim(name, by: instance, for: lease.lasts)
            recovered()
            if case .had = claim { claimed = moment }
            stand(standing?.after(claim) ?? LeaseStanding(claim))
        } catch {
            failed(error)
        }
    }

    private func stand(_ next: LeaseStanding) {
        let former = standing
        standing = next
        guard next.isNews(after: former) else { return }
        log.write(next.event(name))
        onChange(next)
        if term != nil { resumeWaiters() }
    }

    private func resumeWaiters() {
        let resumed = waiters
        waiters = []
        for waiter in resumed { waiter.resume() }
    }

    /// Whether nobody else can have taken the lease since it was claimed.
    private var isClaimSure: Bool { claimed.map { $0.age(time) < lease.lasts } ?? false }

    /// Told once in a row, and every hour. Who works goes on: whether it still may is for its commits to find out. One of
    /// these, which waits for a row of the application's, keeps the lease's row locked: that is nothing to tell while the
    /// claim lasts.
    private func failed(_ error: LedgerError) {
        failure = error
        guard error.isTrouble, error.kind != .busy || term == nil || !isClaimSure else { return }
        guard toldAt.map({ time.uptime - $0 >= Self.toldEvery }) ?? true else { return }
        toldAt = time.uptime
        let consequence = term == nil ? "; until that is mended this instance cannot take over" : ""
        log.write(
            LogEvent(
                .error, .leaseFailed,
                [
                    LogField("reason", .string("store_\(error.kind.rawValue)")),
                    LogField("error", .string(error.message + consequence)),
                ]
            ))
    }

    private static let toldEvery = Duration.seconds(3600)

    private func recovered() {
        failure = nil
        guard toldAt != nil else { return }
        toldAt = nil
        log.write(LogEvent(.info, .leaseRecovered))
    }
}

extension LeaseStanding {
    fileprivate func isNews(after former: LeaseStanding?) -> Bool {
        switch (former, self) {
        case (.standingBy(let before, _)?, .standingBy(let now, _)): before != now
        default: former != self
        }
    }

    fileprivate func event(_ name: LeaseName) -> LogEvent {
        let work = LogField("work", .string(name.rawValue))
        switch self {
        case .working(let term): return LogEvent(.info, .leaseTaken, [work, LogField("term", .integer(term))])
        case .standingBy(let owner, _): return LogEvent(.info, .leaseStandby, [work] + Self.field(owner))
        case .lost(let owner): return LogEvent(.warn, .leaseLost, [work] + Self.field(owner))
        }
    }

    private static func field(_ owner: LeaseInstance?) -> [LogField] {
        owner.map { [LogField("owner", .string($0.text))] } ?? []
    }
}

/// The alerts, for as long as it is beyond doubt that they are ours to tell: the sinks hear the worker alone.
package struct LeasedAlertLedger: AlertLedger {
    private let ledger: any AlertLedger
    private let keeper: LeaseKeeper

    package init(_ ledger: any AlertLedger, _ keeper: LeaseKeeper) {
        self.ledger = ledger
        self.keeper = keeper
    }

    package func alerts(at now: Timestamp) async throws(LedgerError) -> AlertSnapshot {
        try await keeper.confirm()
        return try await ledger.alerts(at: now)
    }

    package func record(_ telling: NotificationRecord) async throws(LedgerError) {
        try await ledger.record(telling)
    }

    package func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError) {
        try await ledger.observe(observations, at: now)
    }
}
