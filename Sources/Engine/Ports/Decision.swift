package import Reconciliation

extension Decision {
    /// Whether something was heard of the message: it does not merely wait longer for its question.
    var isAnswer: Bool {
        switch judgement {
        case .settle: true
        case .wait(_, let tracking): tracking.answers > message.tracking.answers
        }
    }
}

package struct CommitResult: Hashable, Sendable {
    /// The settlements that took effect, as they did.
    package var applied: [Settlement]
    /// Messages whose row somebody else had settled.
    package var settledElsewhere: [MessageKey]
    /// New refusals of the account or the sender, heard of messages that are still open.
    package var refusals: [ReportEntry] = []
    /// How many decisions the next commit should hold at most, so that nobody else has to wait for long; nil: any number.
    package var room: Int?

    package init(applied: [Settlement] = [], settledElsewhere: [MessageKey] = []) {
        self.applied = applied
        self.settledElsewhere = settledElsewhere
    }

    /// Counts what became of a decision about that message; nil: its row changed again and again.
    package mutating func add(_ resolution: Resolution?, of key: MessageKey) {
        switch resolution?.effect {
        case .settled(let settlement): applied.append(settlement)
        case .waits, .requeued: break
        case .settledElsewhere, nil: settledElsewhere.append(key)
        }
        refusals += resolution?.refusals ?? []
    }
}
