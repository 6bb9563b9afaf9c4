package import Engine

/// Why there is no backup. Nothing but a file ending in `.partial` may be left of it.
package enum BackupFailure: Error, Hashable, Sendable {
    /// What is wrong with the database.
    case source(LedgerError)
    /// What is wrong with the file that was to be made. One line: what is wrong, and what to do.
    case target(String)
}

extension SQLiteLedger {
    /// Copies a database that others are working on to a new file, complete and checked, readable by its owner only.
    ///
    /// It appears under its name when it is on the disk and sound, never before; an existing file is never replaced.
    /// - Parameter progress: called with 0…1 while pages are copied.
    /// - Returns: the size of the copy in bytes.
    package static func backUp(
        _ path: String, to target: String, busyTimeout: Duration, progress: (Double) -> Void
    ) throws(BackupFailure) -> Int {
        do throws(LedgerError) {
            try DatabaseFile(path: path).check(writing: false)
        } catch {
            throw .source(error)
        }
        let file = try BackupFile(target, ofDatabase: path)
        do {
            do {
                try OnlineBackup(from: path, to: file.partialPath, busyTimeout: busyTimeout).copy(progress)
            } catch let error as OnlineBackup.SourceError {
                throw BackupFailure.source(LedgerError(error.cause, path: path, busyTimeout: busyTimeout))
            } catch {
                let reason = LedgerError(error, path: target, busyTimeout: busyTimeout)
                throw BackupFailure.target(reason.message)
            }
            return try file.publish()
        } catch {
            file.discard()
            throw (error as? BackupFailure) ?? .target("\(target): \(error)")
        }
    }
}
