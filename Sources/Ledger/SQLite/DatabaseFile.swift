internal import CSQLite
internal import CSystem
package import Engine
internal import FoundationEssentials
internal import Glibc
internal import Reconciliation

/// The database's file, looked at before SQLite is: its own errors do not say what is wrong.
struct DatabaseFile {
    let path: String

    /// Refuses what is missing, no file, known by two names, or not permitted. Never makes a file.
    func check(writing: Bool) throws(LedgerError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else {
                throw LedgerError(.unusable, "\(path) cannot be opened: \(Self.systemWords): check owner and mode")
            }
            throw LedgerError(
                .unusable, "no database \(path): check store.path, or make one with `bizgo-reconciler init-db`")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw LedgerError(.unusable, "\(path) is not a file: store.path must name the database file")
        }
        try checkName()
        guard isPermitted(path, R_OK) else {
            throw LedgerError(.unusable, "\(path) cannot be read: \(Self.systemWords): check owner and mode")
        }
        guard writing else { return }
        for file in [path] + besides {
            guard isPermitted(file, W_OK) || errno == ENOENT else {
                throw LedgerError(
                    .readOnly, "\(file) cannot be written: \(Self.systemWords): check owner, mode and mount")
            }
        }
        guard isPermitted(folder, W_OK | X_OK) else {
            throw LedgerError(
                .readOnly,
                "\(folder) cannot be written: \(Self.systemWords): SQLite keeps its journal beside the database")
        }
    }

    /// SQLite's own files. One that is there, left by another user say, and cannot be written lets it only read.
    private var besides: [String] { DatabaseFiles.besides.map { (realPath ?? path) + $0 } }

    /// Of the file itself where the path is a symbolic link, because SQLite works there.
    var folder: String {
        let real = realPath ?? path
        guard let slash = real.lastIndex(of: "/") else { return "." }
        return slash == real.startIndex ? "/" : String(real[..<slash])
    }

    /// Without symbolic links; nil when there is no such file.
    var realPath: String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    static var systemWords: String { String(cString: strerror(errno)) }

    /// By the effective user, as the files will be opened.
    private func isPermitted(_ path: String, _ mode: Int32) -> Bool {
        faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0
    }
}

extension SQLLedger {
    /// Whether this user may write the database: its file, those that SQLite has beside it, and the folder they are in.
    /// - Throws: what may not be written, and what to do.
    package static func checkWritable(_ path: String) throws(LedgerError) {
        try DatabaseFile(path: path).check(writing: true)
    }

    /// Whether a row could be changed. A connection that may only read does not even look at CHECKs, so this one may
    /// write, and is told not to.
    package static func checkChangeable(_ configuration: LedgerConfiguration) throws(LedgerError) {
        do {
            guard case .file(let path) = configuration.place else { return }
            let connection = try SQLiteConnection(
                path: path, access: .readWrite, busyTimeout: configuration.busyTimeout)
            try connection.promiseNotToWrite()
            let mapping = try TableInspection(database: connection, configuration: configuration).mapping()
            _ = try RowTable(mapping, on: connection)
        } catch {
            throw LedgerError(error, path: configuration.place.text, busyTimeout: configuration.busyTimeout)
        }
    }
}

// SQLite keeps a write-ahead log and a journal beside the name by which a file is opened. Two names in two folders are
// two logs for one file: what is committed by one name is unknown to the other, and overwritten.
extension DatabaseFile {
    /// Refuses a file that can be reached by a second name: one that is mounted by itself, or has hard links. Symbolic
    /// links and folders that are mounted are no second names: the log is where the file is.
    /// - Parameter isOpen: whether it is open for writing: an overlay tells the links of the layer below until then.
    func checkName(isOpen: Bool = false) throws(LedgerError) {
        var status = stat()
        guard let real = realPath, stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        guard !Self.isMountPoint(real) else {
            throw LedgerError(
                .unusable,
                "store.path: a file that is mounted by itself: \(path): SQLite would keep a second write-ahead log for it,"
                    + " which loses data: mount its folder instead")
        }
        guard status.st_nlink > 1, isOpen || bizgo_is_in_overlay(real) != 1 else { return }
        throw LedgerError(
            .unusable,
            "store.path: a file with \(status.st_nlink) names (hard links): \(path): SQLite would keep a write-ahead log for"
                + " each, which loses data: remove the others (`find -samefile`), and mount its folder or link to that"
                + " (ln -s) instead")
    }

    private static func isMountPoint(_ path: String) -> Bool {
        switch bizgo_is_mount_point(path) {
        case 0: false
        case 1: true
        default: isMountPoint(path, in: FileManager.default.contents(atPath: "/proc/self/mountinfo") ?? Data())
        }
    }

    /// - Parameter table: the fifth word of a line is where something is mounted, with blanks as `\040`.
    static func isMountPoint(_ path: String, in table: some Sequence<UInt8>) -> Bool {
        let wanted = path.utf8.flatMap { byte -> [UInt8] in
            let octal: [UInt8: String] = [0x20: "\\040", 0x09: "\\011", 0x0a: "\\012", 0x5c: "\\134"]
            return octal[byte].map { Array($0.utf8) } ?? [byte]
        }
        return table.split(separator: UInt8(ascii: "\n")).contains { line in
            let words = line.split(separator: UInt8(ascii: " "))
            return words.count > 4 && words[4].elementsEqual(wanted)
        }
    }
}

extension SQLLedger {
    /// - Throws: `unusable` for a database that can be reached by a second name. One that is missing is for others to
    ///   say.
    package static func checkName(_ path: String) throws(LedgerError) {
        try DatabaseFile(path: path).checkName()
    }
}

extension SQLLedger {
    /// Makes the default table and the reconciler's own in a missing or empty file, with a write-ahead log.
    /// - Throws: when the file holds anything already, or cannot be made. What was there is left as it is.
    package static func initializeDatabase(at path: String) throws(LedgerError) {
        let isNew = try makeFile(at: path)
        do {
            try fill(path)
        } catch {
            if isNew { for suffix in DatabaseFiles.suffixes { unlink(path + suffix) } }
            throw LedgerError(error, path: path, busyTimeout: .seconds(5))
        }
    }

    private static let defaultTable = """
        CREATE TABLE notification_history (
          id            INTEGER PRIMARY KEY,
          external_id   TEXT UNIQUE,                      -- msgKey; NULL until accepted
          status        TEXT NOT NULL DEFAULT 'PENDING',  -- PENDING | SENT | DEAD_LETTER
          service_type  TEXT,
          report_code   TEXT,
          error_message TEXT,
          created_at    TEXT NOT NULL,                    -- when it was accepted
          updated_at    TEXT
        )
        """

    /// - Returns: true when the file was not there before.
    private static func makeFile(at path: String) throws(LedgerError) -> Bool {
        // Whether a message was sent to somebody is nobody else's business: not readable by all.
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP)
        if descriptor >= 0 {
            Glibc.close(descriptor)
            return true
        }
        guard errno == EEXIST else {
            throw LedgerError(
                errno == ENOENT || errno == ENOTDIR ? .unusable : .readOnly,
                "\(path) cannot be made: \(DatabaseFile.systemWords): the folder must be there and writable")
        }
        try DatabaseFile(path: path).check(writing: true)
        return false
    }

    private static func fill(_ path: String) throws {
        let connection = try SQLiteConnection(path: path, access: .readWrite, busyTimeout: .seconds(5))
        let names = try connection.statement("SELECT name FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*' LIMIT 5")
            .all { $0.text(0) ?? "" }
        guard names.isEmpty else {
            throw LedgerError(
                .unusable,
                "\(path) is not empty, it holds \(names.joined(separator: ", ")): `init-db` fills only a missing or"
                    + " empty file; nothing was changed")
        }
        try connection.execute("PRAGMA journal_mode = WAL")
        try connection.write { try connection.execute(defaultTable) }
        _ = try Migration.run(on: connection, place: path)
    }
}

extension SQLLedger {
    /// `3.40.1`
    package nonisolated static var libraryVersion: String {
        String(cString: sqlite3_libversion())
    }
}
