internal import CSQLite
package import Engine
internal import Glibc
internal import Reconciliation

/// Why there is no backup. Nothing but a file ending in `.partial` may be left of it.
package enum BackupFailure: Error, Hashable, Sendable {
    /// What is wrong with the database.
    case source(LedgerError)
    /// What is wrong with the file that was to be made. One line: what is wrong, and what to do.
    case target(String)
}

extension SQLLedger {
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

/// SQLite's online backup: page by page, while others read and write.
struct OnlineBackup {
    /// The database is to blame, not the copy.
    struct SourceError: Error {
        var cause: any Error
    }

    let from: String
    /// An empty file.
    let to: String
    let busyTimeout: Duration

    init(from: String, to: String, busyTimeout: Duration) {
        self.from = from
        self.to = to
        self.busyTimeout = busyTimeout
    }

    /// 4 MiB of usual pages: a few milliseconds in which a writer without a write-ahead log must wait.
    private static let pagesInStep: Int32 = 1024
    private static let mostAttempts = 20

    /// - Throws: `SourceError`, or what is wrong with the copy.
    func copy(_ progress: (Double) -> Void) throws {
        try copyPages(progress)
        try check()
    }

    private func copyPages(_ progress: (Double) -> Void) throws {
        let source = try ofSource { try SQLiteConnection(path: from, access: .readOnly, busyTimeout: busyTimeout) }
        let target = try SQLiteConnection(path: to, access: .readWrite, busyTimeout: busyTimeout)
        // A copy that is interrupted is thrown away, and the whole file is synchronized in the end.
        try target.execute("PRAGMA journal_mode = OFF")
        try target.execute("PRAGMA synchronous = OFF")
        guard try ofSource({ try source.statement("PRAGMA journal_mode").first { $0.text(0) } }) == "wal" else {
            return try step(source, target, progress)
        }
        // A reader of a write-ahead log keeps nobody waiting, so that one state can be copied in peace.
        try source.read {
            _ = try ofSource { try source.statement("SELECT count(*) FROM sqlite_schema").first { $0.count(0) } }
            try step(source, target, progress)
        }
    }

    /// Without a write-ahead log, a write by somebody else between two steps makes the copy begin anew.
    private func step(_ source: SQLiteConnection, _ target: SQLiteConnection, _ progress: (Double) -> Void) throws {
        guard let backup = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
            throw SQLiteError(target.handle, code: SQLITE_ERROR)
        }
        var attempts = 1
        var remaining = Int32.max
        var code = SQLITE_OK
        while code == SQLITE_OK, attempts <= Self.mostAttempts {
            code = sqlite3_backup_step(backup, Self.pagesInStep)
            let left = sqlite3_backup_remaining(backup)
            if left > remaining { attempts += 1 }
            remaining = left
            progress(1 - Double(left) / Double(max(1, sqlite3_backup_pagecount(backup))))
        }
        sqlite3_backup_finish(backup)
        guard code != SQLITE_DONE else { return }
        guard code != SQLITE_OK else { throw SourceError(cause: isTooBusy) }
        let error = SQLiteError(target.handle, code: code)
        throw Self.isOfSource(code) ? SourceError(cause: error) : error
    }

    /// A damaged page is copied as faithfully as any other; a backup that cannot be used is none.
    private func check() throws {
        let copy = try SQLiteConnection(path: to, access: .readWrite, busyTimeout: busyTimeout)
        let found = try ofSource { try copy.statement("PRAGMA quick_check(1)").first { $0.text(0) ?? "" } }
        guard found == "ok" else {
            throw SourceError(
                cause: LedgerError(
                    .damaged,
                    "\(from) is damaged, and so was the copy, which was not kept: stop the application and restore an"
                        + " earlier backup, or salvage it with `sqlite3 \(from) .recover`"))
        }
    }

    private var isTooBusy: LedgerError {
        LedgerError(
            .busy,
            "\(from) was written to \(Self.mostAttempts) times while it was copied: try again at a quieter time, or give"
                + " it a write-ahead log (PRAGMA journal_mode=WAL), which can be copied at any time")
    }

    private func ofSource<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw SourceError(cause: error) }
    }

    private static func isOfSource(_ code: Int32) -> Bool {
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_CORRUPT, SQLITE_NOTADB: true
        // SQLITE_IOERR_READ and SQLITE_IOERR_SHORT_READ, whose macros Swift cannot see.
        case SQLITE_IOERR: [1 << 8, 2 << 8].contains(code & 0xff00)
        default: false
        }
    }
}

/// The file that is to hold a backup: `NAME.partial` until it is complete, then `NAME`.
final class BackupFile {
    let path: String
    let partialPath: String
    private let folder: String
    /// Keeps a second backup away from the partial file. Closed after SQLite has closed its own: closing any
    /// descriptor of a file frees all of the process's locks on it.
    private let descriptor: Int32

    /// Makes the partial file, or takes over one that an interrupted backup left.
    init(_ path: String, ofDatabase database: String) throws(BackupFailure) {
        self.path = path
        partialPath = path + ".partial"
        folder = try Self.folder(of: path, database)
        descriptor = open(partialPath, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else { throw Self.cannotMake(path) }
        try takeOver()
    }

    deinit {
        close(descriptor)
    }

    /// - Returns: the folder without symbolic links, when a new file may be made there.
    private static func folder(of path: String, _ database: String) throws(BackupFailure) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, !name.isEmpty, name != ".", name != ".." else {
            throw .target("\(path.isEmpty ? "the empty text" : path) names no file: name the file to be made")
        }
        let given = parts.count == 1 ? "." : path.dropLast(name.utf8.count).description
        guard let folder = DatabaseFile(path: given).realPath else {
            throw .target("cannot make \(path): \(DatabaseFile.systemWords): make the folder \(given) first")
        }
        guard !belongs("\(folder)/\(name)", to: database) else {
            throw .target("\(path) is the database itself or one of its files: name another file for the backup")
        }
        var status = stat()
        guard lstat(path, &status) != 0 else {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw .target(isFolder ? "\(path) is a folder: name a file in it" : exists(path))
        }
        return folder
    }

    private static func belongs(_ path: String, to database: String) -> Bool {
        guard let real = DatabaseFile(path: database).realPath else { return false }
        return DatabaseFiles.suffixes.contains { real + $0 == path }
    }

    private static func exists(_ path: String) -> String {
        "\(path) exists and is not replaced: name another file, or remove it first"
    }

    private static func cannotMake(_ path: String) -> BackupFailure {
        let code = errno
        let reason = String(cString: strerror(code))
        let isFull = code == ENOSPC || code == EDQUOT
        return .target("cannot make \(path): \(reason)" + (isFull ? ": make room there" : ": check owner and mode"))
    }

    private func takeOver() throws(BackupFailure) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw .target("another backup is writing \(partialPath): wait for it, or name another file")
        }
        var status = stat()
        // In a folder that all may write to, somebody could have put a file of theirs there to read along.
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_nlink == 1
        else { throw .target("\(partialPath) is somebody else's: remove it, or choose a folder of your own") }
        guard fchmod(descriptor, S_IRUSR | S_IWUSR) == 0, ftruncate(descriptor, 0) == 0 else {
            throw Self.cannotMake(path)
        }
    }

    /// Puts it on the disk and gives it its name.
    /// - Returns: its size in bytes.
    func publish() throws(BackupFailure) -> Int {
        var status = stat()
        guard fsync(descriptor) == 0, fstat(descriptor, &status) == 0 else { throw Self.cannotMake(path) }
        if link(partialPath, path) == 0 {
            unlink(partialPath)
        } else {
            guard errno != EEXIST else { throw .target(Self.exists(path)) }
            // A file system without hard links.
            guard rename(partialPath, path) == 0 else { throw Self.cannotMake(path) }
        }
        try synchronizeFolder()
        return Int(status.st_size)
    }

    private func synchronizeFolder() throws(BackupFailure) {
        let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { return }
        defer { close(handle) }
        // Some network file systems cannot and need not.
        guard fsync(handle) == 0 || errno == EINVAL else { throw Self.cannotMake(path) }
    }

    /// Leaves nothing behind.
    func discard() {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(partialPath + suffix) }
    }
}
