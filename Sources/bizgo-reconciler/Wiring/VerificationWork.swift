internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// What is done beside the cycles, with the same client: verification, and what commands leave to the daemon.
@EventLoop
final class VerificationWork {
    private let keeper: VerificationKeeper
    private let errands: ErrandDesk
    private let turns: any Turns
    private var watch: (any Ticking)?
    private var ticker: Ticker?

    init(_ keeper: VerificationKeeper, _ errands: ErrandDesk, turns: any Turns) {
        self.keeper = keeper
        self.errands = errands
        self.turns = turns
    }

    /// Begins, or looks whether there is something to do: to be called with every cycle. In between a command that has left
    /// something rings (`Turns.ring`).
    func intervalPassed() {
        if watch == nil { watch = turns.bell(for: .cycles) { [errands] in errands.look() } }
        if ticker == nil, let pause = keeper.pause {
            ticker = Ticker(every: pause) { [keeper] in keeper.look() }
        }
        errands.look()
        keeper.look()
    }

    /// What commands have left, by a command that does it itself.
    func workOnce() async { await errands.workOnce() }

    /// Begins nothing more.
    func stop() {
        watch?.cancel()
        ticker?.cancel()
        keeper.stop()
        errands.stop()
    }

    /// Returns when what is under way has ended.
    func drain() async {
        stop()
        await keeper.drain()
        await errands.drain()
    }
}
