package import Reconciliation

/// What is to be done about one message.
package struct Decision: Hashable, Sendable {
    package var message: DueMessage
    package var judgement: Judgement

    package init(_ message: DueMessage, _ judgement: Judgement) {
        self.message = message
        self.judgement = judgement
    }

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
}
