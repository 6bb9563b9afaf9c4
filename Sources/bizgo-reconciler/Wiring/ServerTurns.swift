internal import Engine
internal import Glibc
internal import Ledger
internal import Operations
internal import Reconciliation

/// Turns at a database server: leases, renewed while they are held, for this process as one instance.
@EventLoop
final class ServerTurns: Turns {
    /// A try is a transaction at the server.
    let pause = Duration.milliseconds(500)
    /// Nobody can be woken from another machine: who has a turn looks.
    private static let lookEvery = Duration.seconds(1)
    /// For sends, which commands put to the provider within seconds.
    private static let sends = Lease(interval: .seconds(10))

    private let place: LedgerConfiguration.Place
    private let lease: Lease
    private let interval: Duration
    private let leases: DatabaseLeases
    private let log: any Log
    private let time = SystemTime()
    private var keepers: [LeaseName: LeaseKeeper] = [:]

    init(_ settings: Settings, patience: Patience? = nil, log: any Log = NoLog()) {
        place = settings.store.place
        interval = settings.reconcile.interval
        lease = Lease(interval: interval)
        leases = DatabaseLeases(settings.ledger(), patience: patience)
        self.log = log
    }

    func keeper(_ work: LeaseName) -> LeaseKeeper {
        if let keeper = keepers[work] { return keeper }
        let keeper = LeaseKeeper(
            work, work == .sends ? Self.sends : lease, as: .own, ledger: leases, time: time, log: log)
        keepers[work] = keeper
        return keeper
    }

    func take(_ work: LeaseName) async throws(TurnFailure) -> any Turn {
        let keeper = keeper(work)
        do throws(LedgerError) {
            try await keeper.confirm()
        } catch {
            guard error.kind == .superseded else { throw .failed(error) }
            throw .taken(by: keeper.owner?.text)
        }
        guard let turn = turn(work) else { throw .taken(by: nil) }
        keeper.start()
        return turn
    }

    /// Where the lease is ours.
    func turn(_ work: LeaseName) -> (any Turn)? {
        let keeper = keeper(work)
        return keeper.term.map { ServerTurn(LeaseHold(name: work, owner: LeaseInstance.own.id, term: $0), keeper) }
    }

    func takeForSession(isPreview: Bool, having held: (any Turn)?) async throws(CommandFailure) -> (any Turn)? {
        do throws(TurnFailure) {
            guard isPreview else { return try await take(.cycles) }
            if let worker = try await instances().first(where: { $0.role == .working }) {
                throw TurnFailure.taken(by: LeaseInstance(worker).text)
            }
            return nil
        } catch {
            throw CommandFailure(error, at: place)
        }
    }

    func isTaken() async -> Bool {
        ((try? await instances()) ?? []).contains { $0.role == .working }
    }

    /// Who works, and who stands by: whoever has looked lately.
    func instances() async throws(TurnFailure) -> [InstanceView] {
        do throws(LedgerError) {
            return try await leases.instances(seenWithin: max(.seconds(10), interval * 2))
        } catch {
            throw .failed(error)
        }
    }

    func ring(for work: LeaseName) {}

    func bell(for work: LeaseName, onRing: @escaping @EventLoop () -> Void) -> (any Ticking)? {
        Ticker(every: Self.lookEvery, handler: onRing)
    }

    func close() async {
        for keeper in keepers.values { await keeper.release() }
        // Who has only looked has left no trace.
        if !keepers.isEmpty { try? await leases.forget(.own) }
        await leases.close()
    }
}

@EventLoop
private final class ServerTurn: Turn {
    let hold: LeaseHold?
    var onLoss: @EventLoop () -> Void = {}
    private let term: Int
    private let keeper: LeaseKeeper

    init(_ hold: LeaseHold, _ keeper: LeaseKeeper) {
        self.hold = hold
        term = hold.term
        self.keeper = keeper
        keeper.onChange = { [weak self] _ in
            if self?.isOurs == false { self?.onLoss() }
        }
    }

    var isOurs: Bool { keeper.term == term }

    func alerts(of ledger: any AlertLedger) -> any AlertLedger { LeasedAlertLedger(ledger, keeper) }

    /// One of the same lease goes on with it: the instance is the same.
    func end(for next: (any Turn)?) async {
        if next?.hold == hold { keeper.stop() } else { await keeper.release() }
    }
}

extension LeaseInstance {
    /// This process.
    static let own = LeaseInstance(
        id: (0..<4).map { _ in String(UInt32.random(in: .min ... .max), radix: 16) }.joined(separator: "-"),
        host: HostName.own, processID: Int(getpid()))

    fileprivate init(_ view: InstanceView) {
        self.init(id: "", host: view.host, processID: view.processID)
    }
}
