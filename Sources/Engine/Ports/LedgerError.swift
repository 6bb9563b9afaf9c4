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
        /// The process is to end, and waits no longer: this says nothing of how things are.
        case interrupted
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
}
