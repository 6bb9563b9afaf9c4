package import Reconciliation

/// The application's table together with the reconciler's own: which messages are due, and what became of them.
///
/// One contract test suite (Tests/LedgerTests) says what every implementation must do.
package protocol Ledger: Sendable {
    /// A page of the messages that are due at `now`, each at most once in a walk from the first page to the last.
    ///
    /// Fair between messages asked before, never asked and old, never asked and new: a page takes from all three.
    /// - Returns: the messages (a page may be empty and still not the last), and where to go on; nil at the end.
    func due(from cursor: DueCursor, at now: Timestamp, limit: Int) async throws(LedgerError) -> DuePage

    /// An outline of what is due at `now`, from its oldest rows on; bounded in what it reads. Nil where messages cannot
    /// be found by their keys (`known`), so that listings of many are of no use.
    func survey(at now: Timestamp) async throws(LedgerError) -> DueSurvey?

    /// The messages of these keys that a report could still change: pending ones, and dead letters. Keys of other
    /// rows, or of none, are left out. Found by their key alone, without walking the table.
    func known(_ keys: [MessageKey], at now: Timestamp) async throws(LedgerError) -> [KnownMessage]

    /// Makes what was decided true: rows, audit, tracking and the alerts they cause, all in one transaction.
    ///
    /// A settlement is a compare-and-set on the status that was read; one that misses is tried once more against
    /// the row as it is now, by `Settlement.afterLosing(to:)`.
    func commit(_ decisions: [Decision], at now: Timestamp) async throws(LedgerError) -> CommitResult

    /// Lets observations change the alerts.
    func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError)

    /// Notes the end of a cycle, with the provider's health, for `status`; and tidies up what has expired.
    func finish(_ cycle: CycleRecord, at now: Timestamp) async throws(LedgerError)

    /// The provider's health as last noted by `finish`; nil when never.
    func providerHealth() async throws(LedgerError) -> ProviderHealth?

    /// Notes what a sweep has heard, replacing what it heard before of the same message and channel. Not durable: a
    /// sweep ends with its process.
    /// - Returns: how many messages it had not heard of before.
    func note(_ heard: [Heard]) async throws(LedgerError) -> Int

    /// What was noted, message by message in the order of their keys, past that key; all that is known of a message
    /// comes together. Empty at the end.
    func noted(past key: MessageKey?, limit: Int) async throws(LedgerError) -> [Heard]

    /// Forgets all that was noted.
    func forgetNotes() async throws(LedgerError)

    /// Proves that the store can be read.
    func probe() async throws(LedgerError)
}

/// Where a walk over the due messages stands. Start with `DueCursor()`.
package struct DueCursor: Hashable, Sendable {
    /// Messages asked before: past this time and key. Nil at the start.
    package var tracked: TrackedPosition?
    /// Messages never asked, oldest rows first: past this row.
    package var fromOldest: RowLocator?
    /// Messages never asked, newest rows first: before this row.
    package var fromNewest: RowLocator?
    /// The lanes that have come to their end.
    package var trackedIsDone = false
    package var untrackedIsDone = false

    package struct TrackedPosition: Hashable, Sendable {
        package var nextAskAt: Timestamp
        package var key: MessageKey

        package init(nextAskAt: Timestamp, key: MessageKey) {
            self.nextAskAt = nextAskAt
            self.key = key
        }
    }

    package init() {}
}

package struct DuePage: Hashable, Sendable {
    package var messages: [DueMessage]
    package var next: DueCursor?

    package init(messages: [DueMessage], next: DueCursor?) {
        self.messages = messages
        self.next = next
    }
}

/// What is to be done about one message.
package struct Decision: Hashable, Sendable {
    package var message: DueMessage
    package var judgement: Judgement

    package init(_ message: DueMessage, _ judgement: Judgement) {
        self.message = message
        self.judgement = judgement
    }
}

package struct CommitResult: Hashable, Sendable {
    /// The settlements that took effect, as they did.
    package var applied: [Settlement]
    /// Messages whose row somebody else had settled.
    package var settledElsewhere: [MessageKey]

    package init(applied: [Settlement] = [], settledElsewhere: [MessageKey] = []) {
        self.applied = applied
        self.settledElsewhere = settledElsewhere
    }
}

/// One cycle, for `status` and the status page.
package struct CycleRecord: Hashable, Sendable {
    package enum Result: String, Hashable, Sendable {
        case ok
        /// The provider did not answer, or the cycle was interrupted.
        case failed
    }

    package var startedAt: Timestamp
    package var duration: Duration
    package var result: Result
    package var health: ProviderHealth
    /// What it did: messages due, requests made, messages settled.
    package var due: Int
    package var requests: Int
    package var settled: Int

    package init(
        startedAt: Timestamp, duration: Duration, result: Result, health: ProviderHealth, due: Int = 0,
        requests: Int = 0, settled: Int = 0
    ) {
        self.startedAt = startedAt
        self.duration = duration
        self.result = result
        self.health = health
        self.due = due
        self.requests = requests
        self.settled = settled
    }
}

/// Why the store could not do it. Nothing was changed.
package struct LedgerError: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// Somebody else held the lock for longer than `busy_timeout`.
        case busy
        /// No room on the disk.
        case full
        /// The file or its folder may not be written.
        case readOnly
        /// The file is missing, is no database, lacks the table or a column, or cannot be worked on as it is.
        case unusable
        /// The reconciler's tables were made by a newer version.
        case newerSchema
        /// The disk or the file's content is damaged.
        case damaged
        /// None of these: a mistake of the reconciler's.
        case unexpected
    }

    package var kind: Kind
    /// One line: what is wrong, and what to do.
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
