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

    /// An outline of what is due at `now`, watched dead letters among it, from its oldest rows on, and of the others that
    /// are asked about besides; bounded in what it reads. Nil where messages cannot be found by their keys (`known`), so
    /// that listings of many are of no use.
    func survey(at now: Timestamp, with others: [DueMessage]) async throws(LedgerError) -> BacklogEstimate?

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

    /// Rows that a commit found the table to refuse, and that nobody has settled since; nil when there is none.
    func refusals() async throws(LedgerError) -> RejectedRows?

    /// Makes rows due now that the table refused: all of them, or those of a table that is defined otherwise than at the
    /// last call. Until they have been tried they stay refused.
    func retryRefused(all: Bool, at now: Timestamp) async throws(LedgerError)

    /// The provider's health as last noted by `finish`; nil when never.
    func providerHealth() async throws(LedgerError) -> ProviderHealth?

    /// What messages are given more because the clock has jumped, as noted last; nil where there is nothing.
    func clockAllowance() async throws(LedgerError) -> ClockAllowance?

    /// Notes it for the next process; nil: no more.
    func keep(_ allowance: ClockAllowance?) async throws(LedgerError)

    /// Proves that the store can be read.
    func probe() async throws(LedgerError)

    // MARK: What a scan of the history has heard and cannot judge before its end

    /// Notes what a scan has heard, replacing what it heard before of the same message and channel. Not durable: a
    /// scan ends with its process.
    /// - Returns: how many messages it had not heard of before.
    func note(_ heard: [ScannedReport]) async throws(LedgerError) -> Int

    /// What was noted, message by message in the order of their keys, past that key; all that is known of a message
    /// comes together. Empty at the end.
    func noted(past key: MessageKey?, limit: Int) async throws(LedgerError) -> [ScannedReport]

    /// Forgets all that was noted.
    func forgetNotes() async throws(LedgerError)

    // MARK: Reports that came by themselves, about messages of whatever age and status

    /// What is known of these messages, in the order of the keys, each once.
    func reported(_ keys: [MessageKey]) async throws(LedgerError) -> [ReportedMessage]

    /// The messages with kept reports that are to be looked at again by `now`, those first that have waited longest.
    /// - Parameters:
    ///   - position: where the last page of the walk ended; nil at its beginning.
    ///   - limit: of messages; it may be a few fewer than there are.
    func reportsToRetry(
        past position: ReportPosition?, at now: Timestamp, limit: Int
    ) async throws(LedgerError) -> [ReportedMessage]

    /// Makes what was decided true, all in one transaction: as `Ledger.commit`, and with the reports kept from now on
    /// (`ReportDecision.left`).
    func apply(_ decisions: [ReportDecision], at now: Timestamp) async throws(LedgerError) -> CommitResult

    /// Takes reports just come: what is known of their messages is read, sifted and made true in one transaction, so that
    /// nothing that happens meanwhile is lost.
    /// - Parameter rejection: why the table refuses to have the row changed that they are about. It is left as it is and
    ///   put off, and they are kept. Nil: nothing is known against it.
    func take(
        _ entries: [ReportEntry], by sifter: ReportSifter, puttingOffFor rejection: LedgerError?, at now: Timestamp
    ) async throws(LedgerError) -> TakeResult

    // MARK: Webhooks that the daemon takes

    /// A message that a webhook settled since then, and what its row became by that; nil where none is found. The audit's
    /// newest entries are looked at, from a place on that is drawn.
    /// - Parameter draw: 0 ≤ draw < 1.
    func settledByWebhook(since: Timestamp, draw: Double) async throws(LedgerError) -> WebhookSample?

    /// Notes where webhooks came from, for `check`, in place of what was noted before.
    func keep(_ peers: [WebhookPeer]) async throws(LedgerError)

    // MARK: The messages as a whole, once a cycle, for the alerts that watch them

    /// The pending messages at a glance.
    /// - Parameter most: counting stops there.
    func pendingOutline(countingUpTo most: Int) async throws(LedgerError) -> PendingOutline

    /// The messages settled from `since` to `now`. Nothing where there is too much to look at for the count to be right.
    func settledShare(since: Timestamp, until now: Timestamp) async throws(LedgerError) -> SettledShare

    /// What became of the messages settled from `since` to `now`, by whomever, as far as that can be known. Counted in
    /// steps of five minutes, of which `since` may be in the middle of one; for `StatusFigures.days` at most.
    func outcomes(since: Timestamp, until now: Timestamp) async throws(LedgerError) -> OutcomeCounts

    /// How long the reports took that have brought settlements of ours and whose own times are from `since` to `now`;
    /// counted likewise.
    func reportDelays(since: Timestamp, until now: Timestamp) async throws(LedgerError) -> ReportDelays
}

extension Ledger {
    /// Of what is due alone.
    package func survey(at now: Timestamp) async throws(LedgerError) -> BacklogEstimate? {
        try await survey(at: now, with: [])
    }
}

extension Ledger {
    /// The first page of a walk.
    package func reportsToRetry(at now: Timestamp, limit: Int) async throws(LedgerError) -> [ReportedMessage] {
        try await reportsToRetry(past: nil, at: now, limit: limit)
    }
}

/// Where a walk over kept reports stands: past this time, and this key.
package struct ReportPosition: Hashable, Sendable {
    package var tryAt: Timestamp
    package var key: MessageKey

    package init(tryAt: Timestamp, key: MessageKey) {
        self.tryAt = tryAt
        self.key = key
    }
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
    /// Pending rows that were met and can never be asked about: what is in the column cannot be a message key.
    package var unreadableKeys: [RowLocator]
    /// Pending messages that were met and nobody was ever asked about, nor will be for long: they seem to be accepted far
    /// in the future.
    package var farAhead: KeySample
    /// Pending messages that were met and are not due: the application has sent them in rows that had other keys before.
    /// Their age counts from now, which is to be committed.
    package var sentAgain: [DueMessage]

    package init(
        messages: [DueMessage], next: DueCursor?, unreadableKeys: [RowLocator] = [], farAhead: KeySample = KeySample(),
        sentAgain: [DueMessage] = []
    ) {
        self.messages = messages
        self.next = next
        self.unreadableKeys = unreadableKeys
        self.farAhead = farAhead
        self.sentAgain = sentAgain
    }
}

/// What a webhook made of a message.
package struct WebhookSample: Hashable, Sendable {
    package var key: MessageKey
    package var status: RowStatus

    package init(key: MessageKey, status: RowStatus) {
        self.key = key
        self.status = status
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
        /// The table's own rules refuse what was to become of one row: the others are not concerned.
        case rowRejected
        /// The reconciler's tables were made by a newer version.
        case newerSchema
        /// The disk or the file's content is damaged.
        case damaged
        /// The server cannot be reached, or takes no connection.
        case unreachable
        /// The process is to end, and waits no longer: this says nothing of how things are.
        case interrupted
        /// Another instance works on the database by now (`Lease`): neither does this.
        case superseded
        /// None of these: a mistake of the reconciler's.
        case unexpected
    }

    package var kind: Kind
    /// One line: what is wrong, and what to do.
    package var message: String
    /// Whether it is about rows that the table refuses, not about the store as a whole.
    package var concernsRows = false

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// Whether it is about the store: then it is counted, and people are told.
    package var isTrouble: Bool { kind != .interrupted && kind != .superseded }
}
