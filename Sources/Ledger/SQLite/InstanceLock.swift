internal import Glibc
package import Reconciliation

/// One instance works on a database at a time. The operating system holds the lock, beside the database, and frees
/// it the moment its holder ends, however it ends; the file itself stays.
package final class InstanceLock: Sendable {
    /// Why the lock was not had.
    package enum LockError: Error, Hashable, Sendable {
        /// Another instance has it; the process, if the file names it.
        case held(pid: Int32?)
        /// One line: what is wrong, and what to do.
        case cannotLock(String)
    }

    /// `notifications.db.reconciler-lock`
    package let path: String
    private let descriptor: Int32

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Frees the lock.
    deinit {
        close(descriptor)
    }

    /// Takes the lock without waiting for it. Every path to the same file means the same lock.
    package static func acquire(
        forDatabase database: String, to work: LeaseName = .cycles
    ) throws(LockError) -> InstanceLock {
        guard let real = DatabaseFile(path: database).realPath else {
            throw .cannotLock("no database \(database): \(DatabaseFile.systemWords)")
        }
        let path = Self.path(forRealPath: real, work)
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let descriptor = open(path, flags, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else { throw cannotLock(path) }
        guard lock(descriptor, tries: work == .cycles ? 5 : 1) else {
            defer { close(descriptor) }
            guard errno == EWOULDBLOCK else { throw cannotLock(path) }
            throw .held(pid: holder(descriptor))
        }
        leaveToOwner(of: real, descriptor)
        let text = "\(getpid())\n"
        // The file names the holder for people; the lock does not depend on it.
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.utf8.count, 0)
        return InstanceLock(path: path, descriptor: descriptor)
    }

    /// More than once, where somebody may only be looking whether it is held (`isHeld`).
    private static func lock(_ descriptor: Int32, tries: Int) -> Bool {
        for number in 1...tries {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            if number < tries { usleep(2000) }
        }
        return false
    }

    /// What the holder of the lock watches, to know when there is more to do (`ring`); nil where there is no database.
    package static func bell(ofDatabase database: String, for work: LeaseName = .cycles) -> String? {
        DatabaseFile(path: database).realPath.map { path(forRealPath: $0, work) }
    }

    /// Lets the holder of the lock for that work, who watches its file, know that there is more to do: touches it.
    package static func ring(forDatabase database: String, to work: LeaseName) {
        guard let real = DatabaseFile(path: database).realPath else { return }
        let descriptor = open(path(forRealPath: real, work), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return }
        futimens(descriptor, nil)
        close(descriptor)
    }

    /// Whether there is a lock file: an instance works on the database, or has worked on it.
    package static func exists(forDatabase database: String) -> Bool {
        DatabaseFile(path: database).realPath.map { access(Self.path(forRealPath: $0), F_OK) == 0 } ?? false
    }

    /// Whether the lock could be had, were it free; changes nothing. Whether it can be made is up to the folder.
    package static func check(forDatabase database: String) throws(LockError) {
        guard let real = DatabaseFile(path: database).realPath else { return }
        let path = Self.path(forRealPath: real)
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor < 0 else {
            close(descriptor)
            return
        }
        if errno != ENOENT { throw cannotLock(path) }
    }

    /// Whether an instance works on the database now.
    package static func isHeld(forDatabase database: String) -> Bool {
        guard let real = DatabaseFile(path: database).realPath else { return false }
        let descriptor = open(path(forRealPath: real), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Whether this is the lock of that database, by whatever path it is named.
    package func isOf(database: String) -> Bool {
        DatabaseFile(path: database).realPath.map { Self.path(forRealPath: $0) } == path
    }

    private static func path(forRealPath path: String, _ work: LeaseName = .cycles) -> String {
        switch work {
        case .cycles: path + DatabaseFiles.lock
        case .sends: path + DatabaseFiles.sendLock
        }
    }

    private static func cannotLock(_ path: String) -> LockError {
        .cannotLock("cannot lock \(path): \(DatabaseFile.systemWords): check owner and mode of the file and its folder")
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }

    /// A lock file made by root, by hand, must not keep the daemon out that runs as the database's owner.
    private static func leaveToOwner(of database: String, _ descriptor: Int32) {
        var status = stat()
        guard geteuid() == 0, stat(database, &status) == 0 else { return }
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }
}
