internal import CSQLite
internal import Engine
internal import Glibc
internal import Reconciliation

extension LedgerError {
    /// What an error means for whoever runs the reconciler.
    init(_ error: any Error, path: String, busyTimeout: Duration) {
        switch error {
        case let error as LedgerError:
            self = error
        case let error as DatabaseError:
            self.init(error, path, busyTimeout)
        default:
            self.init(.unexpected, "\(path): \(error)")
        }
    }

    private init(_ error: DatabaseError, _ path: String, _ busyTimeout: Duration) {
        self =
            Self.ofTheMoment(error, path, busyTimeout) ?? Self.ofPermission(error, path) ?? Self.ofTheFile(error, path)
            ?? Self.ofTheSchema(error, path) ?? LedgerError(.unexpected, "\(path): \(error)")
    }

    /// What passes, or passes once there is room.
    private static func ofTheMoment(_ error: DatabaseError, _ path: String, _ busyTimeout: Duration) -> LedgerError? {
        switch error.primaryCode {
        case SQLITE_BUSY, SQLITE_LOCKED:
            LedgerError(
                .busy,
                "\(path) stayed locked for \(busyTimeout.inSeconds) s (store.busy_timeout): another program keeps a"
                    + " transaction open")
        case SQLITE_FULL:
            LedgerError(.full, Self.full(path))
        case SQLITE_IOERR where [ENOSPC, EDQUOT].contains(error.systemError):
            LedgerError(.full, Self.full(path))
        default: nil
        }
    }

    /// What may not be written.
    private static func ofPermission(_ error: DatabaseError, _ path: String) -> LedgerError? {
        switch error.primaryCode {
        case SQLITE_READONLY, SQLITE_PERM:
            LedgerError(
                .readOnly, "\(path) or its folder cannot be written: check owner, mode and mount (\(error.message))")
        case SQLITE_CANTOPEN where [EACCES, EPERM, EROFS].contains(error.systemError):
            LedgerError(
                .readOnly,
                "\(path), its folder or a file beside it cannot be opened for writing: check owner, mode and mount"
                    + " (\(error.systemWords))")
        default: nil
        }
    }

    /// What cannot be opened or read.
    private static func ofTheFile(_ error: DatabaseError, _ path: String) -> LedgerError? {
        switch error.primaryCode {
        case SQLITE_CANTOPEN:
            LedgerError(.unusable, "\(path) cannot be opened: \(error.systemWords)")
        case SQLITE_NOTADB:
            LedgerError(.unusable, "\(path) is not an SQLite database, or an encrypted one: check store.path")
        case SQLITE_CORRUPT:
            LedgerError(
                .damaged,
                "\(path) is damaged (\(error.message)): stop the application and restore a backup, or salvage it with"
                    + " `sqlite3 \(path) .recover`")
        case SQLITE_IOERR:
            LedgerError(.damaged, "\(path): \(error.message) (\(error.systemWords)): check the disk")
        default: nil
        }
    }

    /// What the tables do not admit.
    private static func ofTheSchema(_ error: DatabaseError, _ path: String) -> LedgerError? {
        switch error.primaryCode {
        case SQLITE_CONSTRAINT:
            LedgerError(
                .unusable,
                "\(path): the table's own rules refuse the change (\(error.message)): check store.statuses and the"
                    + " table's constraints and triggers")
        case SQLITE_ERROR where error.isAboutOwnTables:
            ownTablesChanged(error.message, path)
        case SQLITE_ERROR where error.isAboutSchema:
            LedgerError(.unusable, "\(path): \(error.message): the table is no longer as it was; check store.columns")
        default: nil
        }
    }

    /// - Parameter what: is wrong with them.
    static func ownTablesChanged(_ what: String, _ path: String) -> LedgerError {
        LedgerError(
            .unusable,
            "\(path): \(what): the reconciler's own tables were dropped or changed. When all of them are gone, they are"
                + " made anew at the next attempt; otherwise restore a backup, or drop the other reconciler_ tables, too"
        )
    }

    private static func full(_ path: String) -> String {
        "no room for \(path): make room on its disk, or raise its quota or max_page_count"
    }
}

extension DatabaseError {
    /// Only the reconciler's tables have such names.
    var isAboutOwnTables: Bool {
        message.hasPrefix("no such table: reconciler_") || message.hasPrefix("no such table: main.reconciler_")
    }

    fileprivate var isAboutSchema: Bool {
        message.hasPrefix("no such table") || message.contains("no such column") || message.contains("no column named")
    }

    fileprivate var systemWords: String {
        systemError == 0 ? message : String(cString: strerror(systemError))
    }
}
