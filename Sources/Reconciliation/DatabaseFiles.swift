/// The files that make up a database: what SQLite and the reconciler keep beside it is lost or found with it.
package enum DatabaseFiles {
    /// What the instance's lock ends in.
    package static let lock = ".reconciler-lock"
    /// What the lock of those who work on sends ends in.
    package static let sendLock = ".reconciler-send-lock"
    /// What the memory of `StoreTrouble` ends in.
    package static let trouble = ".reconciler-trouble"

    /// What those of SQLite's own end in.
    package static let besides = ["-wal", "-shm", "-journal"]
    /// What follows the database's own path; the empty one is the database itself.
    package static let suffixes = [""] + besides + [lock, sendLock, trouble]
}
