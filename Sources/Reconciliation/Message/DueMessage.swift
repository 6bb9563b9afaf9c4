/// What the reconciler remembers of a message between asks.
package struct Tracking: Hashable, Sendable {
    /// Questions about the message that were answered, whatever the answer.
    package var answers: Int
    /// Whether one of those answers is worth something: it came within the provider's window, or spoke of the message.
    package var wasAnswered: Bool
    /// The last report code that was not final.
    package var lastCode: ReportCode?
    /// Questions in a row that failed for this message alone.
    package var failures: Int
    /// Why the row is a dead letter, if the reconciler made it one.
    package var reason: DeadLetterReason?
    /// Why the table refused to have the row changed, until it is changed.
    package var refusal: String?
    /// When the message's key was first seen, where another one was in its row before.
    package var firstSeenAt: Timestamp?
    /// The codes of refusals of the account or the sender that people have been told of: each counts once a message.
    package var toldRefusals: Set<ReportCode> = []
    /// Refusals of the account or the sender that the last answer told of and none before it, while the message is open:
    /// for the alerts, and not kept.
    package var newRefusals: [ReportEntry] = []

    package init(
        answers: Int = 0, wasAnswered: Bool = false, lastCode: ReportCode? = nil, failures: Int = 0,
        reason: DeadLetterReason? = nil, refusal: String? = nil, firstSeenAt: Timestamp? = nil
    ) {
        self.answers = answers
        self.wasAnswered = wasAnswered
        self.lastCode = lastCode
        self.failures = failures
        self.reason = reason
        self.refusal = refusal
        self.firstSeenAt = firstSeenAt
    }
}

/// A row about which the provider is to be asked now: a `PENDING` one, or a dead letter still watched.
package struct DueMessage: Hashable, Sendable {
    package var key: MessageKey
    /// The row's address in its table; opaque outside the ledger.
    package var row: RowLocator
    /// As read; the settlement's compare-and-set expects it.
    package var status: RowStatus
    /// From when its age counts: when it was accepted or, if that is later, is to leave, or was first seen in a row that
    /// had another key before. Nil when a column cannot be read as a time: such a message is asked about but never given
    /// up.
    package var acceptedAt: Timestamp?
    package var tracking: Tracking
    /// Whether it is its turn, by which it counts as due. Of another one a listing spoke, or the provider by itself.
    package var isTurn = true
    /// What the provider reported of it by itself: failures that are believed once its channels are known.
    package var kept: ParkedReports?

    package init(key: MessageKey, row: RowLocator, status: RowStatus, acceptedAt: Timestamp?, tracking: Tracking) {
        self.key = key
        self.row = row
        self.status = status
        self.acceptedAt = acceptedAt
        self.tracking = tracking
    }

    /// With an age that counts from now at the earliest, as another key was in its row before.
    package func firstSeen(at now: Timestamp) -> DueMessage {
        var message = self
        message.tracking.firstSeenAt = now
        message.acceptedAt = message.tracking.start(acceptedAt)
        return message
    }

    /// Whether it is left to its webhook for its age.
    /// - Parameter after: how long a new message is.
    package func isYoung(at now: Timestamp, after: Duration) -> Bool {
        status == .pending && acceptedAt.map { now < $0 + after } ?? false
    }
}

/// Where a row is in its table: only the ledger that gave it knows what it means.
package struct RowLocator: Hashable, Sendable, CustomStringConvertible {
    /// By what the table tells its rows apart.
    package enum Address: Hashable, Sendable {
        case number(Int64)
        case text(String)
    }

    package let address: Address

    package init(_ number: Int64) {
        address = .number(number)
    }

    package init(_ text: String) {
        address = .text(text)
    }

    /// Where rows have numbers: those that follow each other differ by one or little more, as a rule.
    package var number: Int64? {
        if case .number(let number) = address { number } else { nil }
    }

    /// By which people find the row.
    package var description: String {
        switch address {
        case .number(let number): String(number)
        case .text(let text): text
        }
    }
}

/// The status of a message's row in the application's table. The words are those of commands, metrics and the
/// reconciler's own tables, whatever the application's are.
package enum RowStatus: String, Hashable, Sendable {
    case pending
    case sent
    case deadLetter = "dead_letter"
    /// A word of the application's own. Such a row is none of the reconciler's business.
    case other
}

/// A message of which the provider spoke without being asked about it by name, as its row is now.
package struct KnownMessage: Hashable, Sendable {
    package var message: DueMessage
    /// Whether it would have been asked about now: then it is judged by what is heard.
    package var isDue: Bool
    /// Whether it is left to its webhook, whatever is heard of it. One that is neither due nor young waits for its next
    /// question, or is a dead letter: a delivery settles it.
    package var isYoung: Bool

    /// - Parameters:
    ///   - turn: when it is its turn. One that was put back by hand, or whose failure came by itself, is asked about however
    ///     young it is.
    ///   - after: how long a new message is left to its webhook.
    package init(_ message: DueMessage, _ turn: DueTime, at now: Timestamp, after: Duration) {
        self.message = message
        isDue = turn.isDue(at: now)
        isYoung = !isDue && message.isYoung(at: now, after: after)
        self.message.isTurn = isDue
    }

    /// The same with failures that wait to be confirmed: it is judged now, be it its turn or not.
    package func confirming(_ kept: ParkedReports) -> KnownMessage {
        var known = self
        known.message.kept = kept
        // Of what they say of the account people were told when they came.
        known.message.tracking.note(told: kept.entries)
        known.isDue = true
        known.isYoung = false
        return known
    }
}

/// When it is a message's turn to be asked about: the one rule for whoever reads rows.
package enum DueTime: Hashable, Sendable {
    /// Nobody asks about it, or not any more.
    case never
    /// From then on; nil where that cannot be told, which is at once. And until then, where there is an end to it.
    case from(Timestamp?, until: Timestamp? = nil)

    /// - Parameters:
    ///   - acceptedAt: from when its age counts (`DueMessage.acceptedAt`).
    ///   - tracking: nil for a message that was never asked about.
    ///   - nextAskAt: as noted together with the tracking.
    ///   - after: how long a new message is left to its webhook.
    ///   - window: how far back the provider answers: a dead letter that is older is not asked about any more.
    package init(
        _ status: RowStatus, acceptedAt: Timestamp?, tracking: Tracking?, nextAskAt: Timestamp?, after: Duration,
        window: Duration
    ) {
        switch status {
        case .sent, .other:
            self = .never
        case .deadLetter:
            guard let nextAskAt, tracking?.reason?.isWatched == true else { self = .never; return }
            self = .from(nextAskAt, until: acceptedAt.map { $0 + window })
        case .pending:
            guard let tracking else { self = .from(acceptedAt.map { $0 + after }); return }
            // A dead letter that was put back by hand starts anew, at once: its time was that of the dead letter.
            self = .from(tracking.reason == nil ? nextAskAt : nil)
        }
    }

    package func isDue(at now: Timestamp) -> Bool {
        switch self {
        case .never: false
        case .from(let time, let end): time.map { $0 <= now } ?? true && end.map { now <= $0 } ?? true
        }
    }
}

extension Timestamp {
    /// Whether a message cannot have been accepted then: no clock is ahead of another by more than a day.
    package func isFarAhead(of now: Timestamp) -> Bool { self > now + .seconds(86_400) }
}

extension Tracking {
    /// What of it still holds for a row of that status: a dead letter that was put back by hand starts anew.
    package func holding(for status: RowStatus) -> Tracking {
        status == .pending && reason != nil ? Tracking(firstSeenAt: firstSeenAt) : self
    }

    /// From when the age of its message counts, whose row says `start`.
    package func start(_ start: Timestamp?) -> Timestamp? {
        start.map { max($0, firstSeenAt ?? $0) }
    }
}
