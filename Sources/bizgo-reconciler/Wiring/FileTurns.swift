internal import Engine
internal import FoundationEssentials
internal import Ledger
internal import Operations
internal import Reconciliation

/// Turns at a database file: locks beside it, which end with their holders.
@EventLoop
final class FileTurns: Turns {
    let pause = Duration.milliseconds(20)
    private let database: String

    init(_ database: String) {
        self.database = database
    }

    func take(_ work: LeaseName) async throws(TurnFailure) -> any Turn {
        do throws(InstanceLock.LockError) {
            return FileTurn(try InstanceLock.acquire(forDatabase: database, to: work))
        } catch {
            throw TurnFailure(error)
        }
    }

    func takeForSession(isPreview: Bool, having held: (any Turn)?) async throws(CommandFailure) -> (any Turn)? {
        guard FileManager.default.fileExists(atPath: database) else { return nil }
        // Before anything is made beside it: the lock, the memory of trouble, SQLite's own files.
        try InstanceLock.checkName(database)
        if let held = held as? FileTurn, held.isOf(database: database) { return held }
        guard !isPreview || InstanceLock.exists(forDatabase: database) else { return nil }
        do throws(TurnFailure) {
            return try await take(.cycles)
        } catch {
            throw CommandFailure(error, at: .file(database))
        }
    }

    func isTaken() async -> Bool { InstanceLock.isHeld(forDatabase: database) }

    func ring(for work: LeaseName) { InstanceLock.ring(forDatabase: database, to: work) }

    /// The lock's file is touched.
    func bell(for work: LeaseName, onRing: @escaping @EventLoop () -> Void) -> (any Ticking)? {
        InstanceLock.bell(ofDatabase: database, for: work).map { FileWatch.orLooks(at: $0, onChange: onRing) }
    }

    func close() async {}
}

/// Holds the lock for as long as it lives: two sessions on one database, one after the other, have the same.
@EventLoop
private final class FileTurn: Turn {
    let hold: LeaseHold? = nil
    let isOurs = true
    /// Nobody takes a lock away.
    var onLoss: @EventLoop () -> Void = {}
    private var lock: InstanceLock?

    init(_ lock: InstanceLock) {
        self.lock = lock
    }

    func isOf(database: String) -> Bool { lock?.isOf(database: database) == true }

    func alerts(of ledger: any AlertLedger) -> any AlertLedger { ledger }

    func end(for next: (any Turn)?) async {
        if next !== self { lock = nil }
    }
}

extension TurnFailure {
    init(_ error: InstanceLock.LockError) {
        switch error {
        case .held(let pid): self = .taken(by: pid.map { "process \($0)" })
        case .cannotLock(let message): self = .failed(LedgerError(.unusable, message))
        }
    }
}

extension InstanceLock {
    /// - Throws: exit 78 where the lock could not be had, were it free.
    static func check(_ database: String) throws(CommandFailure) {
        do throws(InstanceLock.LockError) {
            try check(forDatabase: database)
        } catch {
            throw CommandFailure(TurnFailure(error), at: .file(database))
        }
    }

    /// - Throws: exit 78 for a database with two names.
    static func checkName(_ database: String) throws(CommandFailure) {
        do throws(LedgerError) {
            try SQLLedger.checkName(database)
        } catch {
            throw CommandFailure(error)
        }
    }
}
