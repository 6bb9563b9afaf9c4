internal import BizgoAPI
internal import Engine
internal import HTTP
internal import Ledger
internal import Operations
internal import Reconciliation

/// A daemon's work on sends, its own and those that commands leave to it, for as long as it has the turn for that: a
/// `send` that was faster keeps it for a moment. Nothing is done where nothing is sent: who has begun a send rings, and
/// that is what is waited for.
@EventLoop
final class SendWork {
    /// How soon the store is looked at again while sends are open, and the turn tried again that another one has.
    private static let pause = Duration.milliseconds(500)

    private let desk: SendDesk
    private let canary: CanaryKeeper
    private let turns: any Turns
    private let time = SystemTime()
    private var turn: (any Turn)?
    private var watch: (any Ticking)?
    private var again: Task<Void, Never>?
    /// For canaries, where some are sent.
    private var ticker: Ticker?
    private var isStopped = false

    init(_ desk: SendDesk, _ canary: CanaryKeeper, turns: any Turns) {
        self.desk = desk
        self.canary = canary
        self.turns = turns
        canary.onBegin = { [weak self] in self?.look() }
    }

    /// Begins, or looks whether there is something to do although nobody rang: to be called with every cycle. Who may not
    /// write the lock's file cannot ring.
    func intervalPassed() {
        EventLoop.task { [self] in
            await goOn()
            if turn?.isOurs == true { canary.look() }
        }
    }

    private func goOn() async {
        guard !isStopped, await hasTurn() else { return }
        // Before the store is looked at: nothing rings unheard in between.
        if watch == nil { watch = turns.bell(for: .sends) { [weak self] in self?.look() } }
        if ticker == nil, let pause = canary.pause {
            ticker = Ticker(every: pause) { [canary] in canary.look() }
        }
        look()
    }

    private func hasTurn() async -> Bool {
        if turn?.isOurs == true { return true }
        do throws(TurnFailure) {
            let turn = try await turns.take(.sends)
            guard !isStopped else {
                await turn.end()
                return false
            }
            self.turn = turn
            return true
        } catch {
            if case .taken = error { goOnSoon() }
            return false
        }
    }

    private func look() {
        guard !isStopped, turn?.isOurs == true else { return }
        EventLoop.task { [self] in
            if await desk.look() { goOnSoon() }
        }
    }

    private func goOnSoon() {
        guard !isStopped, again == nil else { return }
        again = EventLoop.task { [self] in
            guard (try? await time.sleep(for: Self.pause)) != nil else { return }
            again = nil
            await goOn()
        }
    }

    /// Works on what is to be gone on with, once, where nobody else does.
    func workOnce() async {
        guard let turn = try? await turns.take(.sends) else { return }
        await desk.workOnce()
        await turn.end()
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
        await turn?.end()
        turn = nil
    }
}

/// What `send` does once its rows are written: it leaves the rest to whoever works on sends, or works on them itself.
@EventLoop
struct SendErrand {
    private let key: SendKey
    private let ledger: SQLLedger
    private let transport: CurlTransport
    private let client: ProviderClient
    private let desk: SendDesk
    private let turns: any Turns
    private let place: LedgerConfiguration.Place
    /// How long an answer is waited for.
    private let patience: Duration
    private let time = SystemTime()

    /// For other sends under way, when this one is done.
    private static let forOthers = Duration.seconds(2)

    init(_ key: SendKey, _ loaded: LoadedConfiguration, _ ledger: SQLLedger, _ log: any Log) {
        self.key = key
        self.ledger = ledger
        place = loaded.settings.store.place
        turns = loaded.settings.turns()
        transport = CurlTransport(loaded.settings.transport)
        client = ProviderClient(loaded, over: transport, health: nil, time: time, meter: NoMetrics())
        desk = SendDesk(ledger: ledger, client: client, time: time, log: log)
        patience = loaded.settings.api.timeout + .seconds(5)
    }

    /// As soon as all is known of the send, or nobody waits any longer.
    func story() async throws(LedgerError) -> SendStory {
        let end = time.uptime + patience
        turns.ring(for: .sends)
        let result: Result<SendStory, LedgerError>
        do throws(LedgerError) {
            result = .success(try await story(until: end))
        } catch {
            result = .failure(error)
        }
        await turns.close()
        return try result.get()
    }

    private func story(until end: Duration) async throws(LedgerError) -> SendStory {
        var turn: (any Turn)?
        defer { withExtendedLifetime(turn) {} }
        while true {
            guard let story = try await ledger.story(of: key) else {
                throw LedgerError(.unexpected, "\(place.text): the send \(key.text) is gone")
            }
            guard !story.isClosed, time.uptime < end else {
                await finish()
                return story
            }
            if turn?.isOurs != true { turn = try? await turns.take(.sends) }
            if turn != nil {
                if story.tryAt.map({ $0 <= time.now }) == true { await desk.begin(key) }
                await desk.look()
            }
            guard (try? await time.sleep(for: turns.pause)) != nil else { return story }
        }
    }

    private func finish() async {
        let others = EventLoop.task { [self] in await desk.drain() }
        let limit = EventLoop.task { [self] in
            guard (try? await time.sleep(for: Self.forOthers)) != nil else { return }
            client.breakOff()
            _ = transport.breakOff()
        }
        await others.value
        limit.cancel()
    }
}
