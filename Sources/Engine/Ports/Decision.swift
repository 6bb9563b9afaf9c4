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

/// What became of reports just come.
package struct TakeResult: Hashable, Sendable {
    package var commit = CommitResult()
    /// About rows, as they were carried out.
    package var decisions: [Decision] = []
    /// Of the messages reported: those without a row, and those with a failure that has to be confirmed first.
    package var unmatched = 0
    package var unconfirmed = 0
    /// Those whose row the table refused to have changed: it was put off.
    package var rejected = 0

    package init() {}

    package mutating func add(_ taken: ReportSifter.Taken) {
        if taken.isUnmatched { unmatched += 1 }
        if taken.isUnconfirmed { unconfirmed += 1 }
        if let decision = taken.decision.decision { decisions.append(decision) }
    }

    /// With what became of others.
    mutating func add(_ other: TakeResult) {
        commit.applied += other.commit.applied
        commit.settledElsewhere += other.commit.settledElsewhere
        commit.refusals += other.commit.refusals
        commit.room = other.commit.room ?? commit.room
        decisions += other.decisions
        unmatched += other.unmatched
        unconfirmed += other.unconfirmed
        rejected += other.rejected
    }
}

/// Rows that the application's table refuses to have changed, by a CHECK, a foreign key or a trigger of its own.
package struct RejectedRows: Hashable, Sendable {
    package static let mostExamples = 3

    package var count: Int
    /// At most `mostExamples`.
    package var examples: [MessageKey]
    /// Why the first of them was refused.
    package var reason: String

    package init(count: Int, examples: [MessageKey], reason: String) {
        self.count = count
        self.examples = examples
        self.reason = reason
    }

    /// What is wrong and what becomes of it.
    package var error: LedgerError {
        let keys = examples.map(\.text).joined(separator: ", ")
        let rows = count == 1 ? "the row of msgKey \(keys)" : "\(count) rows (msgKey \(keys)\(rest))"
        var error = LedgerError(
            .unusable,
            "\(rows) cannot be changed: \(reason); \(count == 1 ? "it is" : "they are") tried again every hour, the"
                + " others are settled")
        error.concernsRows = true
        return error
    }

    private var rest: String { count > examples.count ? ", …" : "" }
}

extension Decision {
    /// For a row that the table refuses to have changed.
    private static let putOff = Duration.seconds(3600)

    /// When to try a refused row again.
    static func afterRefusal(at now: Timestamp) -> Timestamp { now + putOff }

    /// Leaves the row as it is, and remembers that the table wants that.
    func refused(_ error: LedgerError, at now: Timestamp) -> Decision {
        var tracking = message.tracking
        tracking.failures += 1
        tracking.refusal = error.message
        return Decision(message, .wait(until: Self.afterRefusal(at: now), tracking))
    }
}

extension ReportDecision {
    /// The same; the reports are kept, so that what brought them can be acknowledged.
    package func refused(_ error: LedgerError, at now: Timestamp) -> ReportDecision {
        var kept = decision?.message.kept ?? kept
        kept?.tryAt = Decision.afterRefusal(at: now)
        return ReportDecision(key, decision?.refused(error, at: now), kept: kept, read: read, refusals: refusals)
    }
}
