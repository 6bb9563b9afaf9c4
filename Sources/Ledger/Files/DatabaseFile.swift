package import Engine
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

extension SQLiteLedger {
    /// Whether this user may write the database: its file, those that SQLite has beside it, and the folder they are in.
    /// - Throws: what may not be written, and what to do.
    package static func checkWritable(_ path: String) throws(LedgerError) {
        try DatabaseFile(path: path).check(writing: true)
    }

    /// Whether a row could be changed. A connection that may only read does not even look at CHECKs, so this one may
    /// write, and is told not to.
    package static func checkChangeable(_ configuration: LedgerConfiguration) throws(LedgerError) {
        do {
            let connection = try Connection(
                path: configuration.path, access: .readWrite, busyTimeout: configuration.busyTimeout)
            try connection.promiseNotToWrite()
            let mapping = try TableInspection(connection: connection, configuration: configuration).mapping()
            _ = try RowTable(mapping, on: connection)
        } catch {
            throw LedgerError(error, path: configuration.path, busyTimeout: configuration.busyTimeout)
        }
    }
}
