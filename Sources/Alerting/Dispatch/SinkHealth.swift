internal import Reconciliation

/// How one sink is doing, and whether people must be told of it (`SinkFailing`).
struct SinkHealth: Hashable, Sendable {
    static let failuresUntilAlert = 3
    private(set) var failuresInARow: Int
    /// What was wrong the last time.
    private(set) var detail: String?
    private(set) var cause: AlertCause?
    /// Nil until it is known: too few failures and no success yet.
    private(set) var isFailing: Bool?
    /// An earlier run told that it fails, and it is not configured any more.
    let isGone: Bool
    /// The last finding the ledger was told.
    var noted: Finding?
    /// The receiver's wish (`Retry-After`), by the clock that only goes forward.
    var pausedUntil: Duration?
    /// A delivery is in progress.
    var isBusy = false

    /// What people must know: another kind of failure wants another remedy.
    enum Finding: Hashable, Sendable {
        case well
        case failing(AlertCause?)
        case gone
    }

    /// Nil until it is known.
    var finding: Finding? {
        if isGone { return .gone }
        return isFailing.map { $0 ? .failing(cause) : .well }
    }

    /// Whether the ledger was last told that it fails.
    var isNotedAsFailing: Bool { if case .failing? = noted { true } else { false } }

    /// - Parameter failuresInARow: from before the process began.
    init(failuresInARow: Int = 0, isGone: Bool = false) {
        self.failuresInARow = failuresInARow
        self.isGone = isGone
    }

    /// What it says of the sink's alert.
    func observations(of alert: AlertIdentity) -> [AlertObservation] {
        switch finding {
        case nil: []
        case .well: [.over(alert)]
        case .failing: [.holds(alert, detail: detail ?? "not taken", cause: cause)]
        case .gone: [.holds(alert, detail: "not configured any more", cause: .gone), .over(alert)]
        }
    }

    /// Failures of an earlier run count too.
    mutating func adopt(failuresInARow earlier: Int) {
        failuresInARow = max(failuresInARow, earlier)
    }

    mutating func succeeded() {
        failuresInARow = 0
        detail = nil
        cause = nil
        isFailing = false
        pausedUntil = nil
    }

    mutating func failed(detail: String, cause: AlertCause? = nil, permanent: Bool) {
        failuresInARow += 1
        self.detail = detail
        self.cause = cause
        if permanent || failuresInARow >= Self.failuresUntilAlert { isFailing = true }
    }
}
