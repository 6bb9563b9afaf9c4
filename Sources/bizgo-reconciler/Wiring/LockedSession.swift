internal import Engine
internal import Ledger
internal import Operations

/// A daemon's session and the turn to work on its database, which is had as long as anything of the session may write.
@EventLoop
struct LockedSession {
    let session: Session
    private let turns: any Turns
    /// The same object, or the same lease, for two sessions on one database.
    private let turn: (any Turn)?

    /// Opens all that the configuration names.
    /// - Parameters:
    ///   - start: the turn that it begins with; nil: it is to be taken.
    ///   - present: what works on meanwhile.
    ///   - patience: with the database.
    static func open(
        _ loaded: LoadedConfiguration, with start: (turns: any Turns, turn: any Turn)? = nil,
        beside present: LockedSession? = nil, log: any Log, metrics: Metrics, patience: Patience
    ) async throws(CommandFailure) -> LockedSession {
        let turns = start?.turns ?? loaded.settings.turns(patience: patience, log: log)
        let turn: (any Turn)?
        if let start {
            turn = start.turn
        } else {
            turn = try await turns.takeForSession(isPreview: false, having: present?.turn)
        }
        do throws(CommandFailure) {
            try loaded.checkMetricsFile()
            // What is wrong with a new database is no trouble of the store that is worked on.
            let session = try await Session.open(
                loaded, mode: .daemon, turns: turns, turn: turn, tellsTrouble: present == nil, log: log, meter: metrics,
                patience: patience)
            return LockedSession(session: session, turns: turns, turn: turn)
        } catch {
            // Who had the turn before gives it back.
            if start == nil { await turn?.end(for: present?.turn) }
            throw error
        }
    }

    /// - Parameter body: called when it is found out that another instance works on the database; at once where it was.
    func onLoss(_ body: @escaping @EventLoop () -> Void) {
        turn?.onLoss = body
        if turn?.isOurs == false { body() }
    }

    /// Lets go of what it has, but for what the one that takes its place has too.
    func end(for next: LockedSession? = nil) async {
        await turn?.end(for: next?.turn)
    }

    /// For a process that ends, or works no more.
    func close() async {
        await end()
        await turns.close()
    }
}

/// Opens the database for `work` by a command that works beside a running daemon, and closes it whatever comes of that.
/// - Parameter findsByKey: whether it must be fit for applying fetched reports.
@EventLoop
func withLedger<Value: Sendable>(
    _ settings: Settings, _ mode: SQLLedger.Mode, findsByKey: Bool = false,
    _ work: @EventLoop (SQLLedger) async throws(LedgerError) -> Value
) async throws(CommandFailure) -> Value {
    do throws(LedgerError) {
        let ledger = try SQLLedger.open(settings.ledger(findsByKey: findsByKey), mode: mode)
        let result: Result<Value, LedgerError>
        do throws(LedgerError) {
            result = .success(try await work(ledger))
        } catch {
            result = .failure(error)
        }
        await ledger.close()
        return try result.get()
    } catch {
        throw CommandFailure(error)
    }
}
