internal import Glibc
internal import Reconciliation

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
