internal import BizgoAPI
internal import Engine
internal import HTTP
internal import Ledger
internal import Operations
internal import Reconciliation

/// A daemon's work on sends, its own and those that commands leave to it, for as long as it has the lock for that: a
/// `send` that was faster keeps it for a moment. Nothing is done where nothing is sent: who has begun a send touches the
/// lock's file, and that is what is waited for.
@EventLoop
final class SendWork {
    /// How soon the store is looked at again while sends are open, and the lock tried again that another one has.
    private static let pause = Duration.milliseconds(500)

    private let desk: SendDesk
    private let canary: CanaryKeeper
    private let database: String
    private let time = SystemTime()
    private var lock: InstanceLock?
    private var watch: (any Ticking)?
    private var again: Task<Void, Never>?
    /// For canaries, where some are sent.
    private var ticker: Ticker?
    private var isStopped = false

    init(_ desk: SendDesk, _ canary: CanaryKeeper, database: String) {
        self.desk = desk
        self.canary = canary
        self.database = database
        canary.onBegin = { [weak self] in self?.look() }
    }

    /// Begins, or looks whether there is something to do although nobody rang: to be called with every cycle. Who may not
    /// write the lock's file cannot ring.
    func intervalPassed() {
        goOn()
        if lock != nil { canary.look() }
    }

    private func goOn() {
        guard !isStopped, let lock = takeLock() else { return }
        // Before the store is looked at: nothing rings unheard in between.
        if watch == nil { watch = FileWatch.orLooks(at: lock.path) { [weak self] in self?.look() } }
        if ticker == nil, let pause = canary.pause {
            ticker = Ticker(every: pause) { [canary] in canary.look() }
        }
        look()
    }

    private func takeLock() -> InstanceLock? {
        guard lock == nil else { return lock }
        do throws(InstanceLock.LockError) {
            lock = try InstanceLock.acquire(forDatabase: database, to: .sends)
        } catch {
            if case .held = error { goOnSoon() }
        }
        return lock
    }

    private func look() {
        guard !isStopped else { return }
        Task {
            if await desk.look() { goOnSoon() }
        }
    }

    private func goOnSoon() {
        guard !isStopped, again == nil else { return }
        again = Task {
            guard (try? await time.sleep(for: Self.pause)) != nil else { return }
            again = nil
            goOn()
        }
    }

    /// Works on what is to be gone on with, once, where nobody else does.
    func workOnce() async {
        lock = try? InstanceLock.acquire(forDatabase: database, to: .sends)
        if lock != nil { await desk.workOnce() }
        lock = nil
    }

    /// Begins nothing more.
    func stop() {
        isStopped = true
        watch?.cancel()
        ticker?.cancel()
        again?.cancel()
        canary.stop()
    }

    /// Returns when what is under way has ended.
    func drain() async {
        stop()
        await canary.drain()
        await desk.drain()
        lock = nil
    }
}

/// What `send` does once its rows are written: it leaves the rest to whoever works on sends, or works on them itself.
@EventLoop
struct SendErrand {
    private let key: SendKey
    private let ledger: SQLiteLedger
    private let transport: CurlTransport
    private let client: ProviderClient
    private let desk: SendDesk
    private let database: String
    /// How long an answer is waited for.
    private let patience: Duration
    private let time = SystemTime()

    private static let pause = Duration.milliseconds(20)
    /// For other sends under way, when this one is done.
    private static let forOthers = Duration.seconds(2)

    init(_ key: SendKey, _ loaded: LoadedConfiguration, _ ledger: SQLiteLedger, _ log: any Log) {
        self.key = key
        self.ledger = ledger
        database = loaded.settings.store.path
        transport = CurlTransport(loaded.settings.transport)
        client = ProviderClient(loaded, over: transport, health: nil, time: time, meter: NoMetrics())
        desk = SendDesk(ledger: ledger, client: client, time: time, log: log)
        patience = loaded.settings.api.timeout + .seconds(5)
    }

    /// As soon as all is known of the send, or nobody waits any longer.
    func story() async throws(LedgerError) -> SendStory {
        let end = time.uptime + patience
        InstanceLock.ring(forDatabase: database, to: .sends)
        var lock: InstanceLock?
        defer { withExtendedLifetime(lock) {} }
        while true {
            guard let story = try await ledger.story(of: key) else {
                throw LedgerError(.unexpected, "\(database): the send \(key.text) is gone")
            }
            guard !story.isClosed, time.uptime < end else {
                await finish()
                return story
            }
            if lock == nil { lock = try? InstanceLock.acquire(forDatabase: database, to: .sends) }
            if lock != nil {
                if story.tryAt.map({ $0 <= time.now }) == true { await desk.begin(key) }
                await desk.look()
            }
            guard (try? await time.sleep(for: Self.pause)) != nil else { return story }
        }
    }

    private func finish() async {
        let others = Task { await desk.drain() }
        let limit = Task {
            guard (try? await time.sleep(for: Self.forOthers)) != nil else { return }
            client.breakOff()
            _ = transport.breakOff()
        }
        await others.value
        limit.cancel()
    }
}
