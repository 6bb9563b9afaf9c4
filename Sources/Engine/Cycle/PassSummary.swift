package import Reconciliation

/// What one pass did: the numbers of `once --json`.
///
/// `due == sent + dead letters + still pending + settled elsewhere`, plus those of `late` that were `PENDING` when
/// they were read.
package struct PassSummary: Hashable, Sendable {
    /// `PENDING` messages that were due, and those that were settled before by what was heard of them. Dead letters asked
    /// about again are not among them.
    package var due = 0
    /// Dead letters whose turn it was to be asked about again.
    package var watched = 0
    package var requests = 0
    package var sent = 0
    package var deadLetters: [DeadLetterReason: Int] = [:]
    package var settledElsewhere = 0
    /// Dead letters that turned out to be delivered.
    package var late = 0
    package var provider: ProviderState = .ok
    package var duration: Duration = .zero
    /// Ended by its budget with more due.
    package var isCutShort = false
    /// Rows that the table still refuses to have changed; nil when there is none.
    package var refusals: Refusals?

    /// Messages that were due and whose row has been settled, by whomever.
    private var noLongerPending = 0

    package init() {}

    package var stillPending: Int { due - noLongerPending }
    package var deadLetterCount: Int { deadLetters.values.reduce(0, +) }

    mutating func count(_ result: CommitResult, of decisions: [Decision]) {
        for settlement in result.applied {
            switch (settlement.from, settlement.to) {
            case (.deadLetter, .sent): late += 1
            case (.pending, .sent): sent += 1
            case (.pending, .deadLetter): deadLetters[settlement.reason ?? .reported, default: 0] += 1
            default: break  // a dead letter told more precisely
            }
        }
        settledElsewhere += result.settledElsewhere.count
        let pending = decisions.lazy.map(\.message).filter { $0.status == .pending }
        let isTurn = Dictionary(pending.map { ($0.key, $0.isTurn) }, uniquingKeysWith: { $0 || $1 })
        for key in result.applied.map(\.key) + result.settledElsewhere {
            guard let isTurn = isTurn[key] else { continue }
            noLongerPending += 1
            // Those whose turn it was have been counted.
            if !isTurn { due += 1 }
        }
    }
}
