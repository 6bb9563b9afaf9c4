package import Reconciliation

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
    package var farAhead: KeyTally
    /// Pending messages that were met and are not due: the application has sent them in rows that had other keys before.
    /// Their age counts from now, which is to be committed.
    package var sentAgain: [DueMessage]

    package init(
        messages: [DueMessage], next: DueCursor?, unreadableKeys: [RowLocator] = [], farAhead: KeyTally = KeyTally(),
        sentAgain: [DueMessage] = []
    ) {
        self.messages = messages
        self.next = next
        self.unreadableKeys = unreadableKeys
        self.farAhead = farAhead
        self.sentAgain = sentAgain
    }
}
