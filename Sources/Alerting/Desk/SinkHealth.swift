internal import Reconciliation

/// How one sink is doing, and whether people must be told of it (`SinkFailing`).
struct SinkHealth: Hashable, Sendable {
    static let failuresUntilAlert = 3

    private(set) var failuresInARow: Int
    /// What was wrong the last time.
    private(set) var detail: String?
    /// Nil until it is known: too few failures and no success yet.
    private(set) var isFailing: Bool?
    /// The last finding the ledger was told.
    var noted: Finding?
    /// The receiver's wish (`Retry-After`), by the clock that only goes forward.
    var pausedUntil: Duration?
    /// A delivery is in progress.
    var isBusy = false

    /// What people must know: another kind of failure wants another remedy.
    enum Finding: Hashable, Sendable {
        case well
        case failing(SinkFault)
    }

    /// Nil until it is known.
    var finding: Finding? {
        isFailing.map { $0 ? .failing(SinkFault(detail: detail)) : .well }
    }

    /// - Parameter failuresInARow: from before the process began.
    init(failuresInARow: Int = 0) {
        self.failuresInARow = failuresInARow
    }

    /// Failures of an earlier run count too.
    mutating func adopt(failuresInARow earlier: Int) {
        failuresInARow = max(failuresInARow, earlier)
    }

    mutating func succeeded() {
        failuresInARow = 0
        detail = nil
        isFailing = false
        pausedUntil = nil
    }

    mutating func failed(detail: String, permanent: Bool) {
        failuresInARow += 1
        self.detail = detail
        if permanent || failuresInARow >= Self.failuresUntilAlert { isFailing = true }
    }
}
