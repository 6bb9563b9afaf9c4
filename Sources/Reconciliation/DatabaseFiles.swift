/// The files that make up a database: what SQLite and the reconciler keep beside it is lost or found with it.
package enum DatabaseFiles {
    /// What follows the database's own path; the empty one is the database itself.
    package static let suffixes = ["", "-wal", "-shm", "-journal", ".reconciler-lock", ".reconciler-trouble"]
}
