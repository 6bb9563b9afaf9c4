internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// Who may do what with a database: one process at a time works on it, and one puts its sends to the provider. Beside a file
/// that is a lock (`InstanceLock`), at a server a lease (`Lease`).
@EventLoop
protocol Turns: AnyObject {
    /// Takes it without waiting for it.
    func take(_ work: LeaseName) async throws(TurnFailure) -> any Turn
    /// Takes it for a session.
    /// - Parameters:
    ///   - isPreview: for one that writes nothing, and leaves nothing behind.
    ///   - held: that this process has for a session before it.
    /// - Returns: nil for a preview that need not hold anybody off, and where there is no database, which is for the ledger to
    ///   say.
    func takeForSession(isPreview: Bool, having held: (any Turn)?) async throws(CommandFailure) -> (any Turn)?
    /// Whether somebody works on the database now.
    func isTaken() async -> Bool
    /// Lets whoever has that turn know at once that there is more to do, where that can be.
    func ring(for work: LeaseName)
    /// Where that is heard; nil where there is nothing to listen to yet.
    func bell(for work: LeaseName, onRing: @escaping @EventLoop () -> Void) -> (any Ticking)?
    /// Between two tries to take what another one has.
    var pause: Duration { get }
    /// For a process that ends.
    func close() async
}

/// The right to do some work, until it ends; or until it is found out that another one has it (`isOurs`).
@EventLoop
protocol Turn: AnyObject {
    /// As commits check it; nil where nobody can take it away.
    var hold: LeaseHold? { get }
    var isOurs: Bool { get }
    /// Called when it is found out that another one has it.
    var onLoss: @EventLoop () -> Void { get set }
    /// The alerts that may be told by whoever has it.
    func alerts(of ledger: any AlertLedger) -> any AlertLedger
    /// - Parameter next: the turn that takes its place in this process; nil: none does.
    func end(for next: (any Turn)?) async
}

extension Turn {
    func end() async { await end(for: nil) }
}

/// Why a turn is not had.
enum TurnFailure: Error {
    /// Another one has it: for people, where that is known.
    case taken(by: String?)
    case failed(LedgerError)
}

extension CommandFailure {
    init(_ failure: TurnFailure, at place: LedgerConfiguration.Place) {
        switch failure {
        case .taken(let holder):
            self.init(
                .tryLater,
                "another instance (\(holder ?? "another process")) works on \(place.text): stop it first, or use `status`,"
                    + " `list` and `show`")
        case .failed(let error): self.init(error)
        }
    }
}

extension LedgerConfiguration.Place {
    /// Whether daemons of several machines may want to work on it.
    var isShared: Bool { if case .server = self { true } else { false } }
}

extension Settings {
    /// - Parameters:
    ///   - patience: with the database; nil where it has no end.
    ///   - log: nil for commands, which say what they find.
    @EventLoop
    func turns(patience: Patience? = nil, log: (any Engine.Log)? = nil) -> any Turns {
        switch store.place {
        case .file(let path): FileTurns(path)
        case .server: ServerTurns(self, patience: patience, log: log ?? NoLog())
        }
    }
}

/// Writes nothing.
@EventLoop
final class NoLog: Log {
    func write(_ event: LogEvent) {}
}
