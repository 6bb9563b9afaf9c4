internal import CSQLite

extension SQLiteLedger {
    /// `3.40.1`
    package nonisolated static var libraryVersion: String {
        String(cString: sqlite3_libversion())
    }
}
