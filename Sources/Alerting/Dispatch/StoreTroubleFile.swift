internal import Engine
internal import Glibc
package import Reconciliation

/// A small file beside the database, for what cannot be in it. Whatever fails here, alerts are told as if there were
/// no file; but the next process does not know of them.
///
/// Trouble may be that there is no room left on the disk. So the file has its room before there is anything to keep: it
/// is filled up with blanks, and one that cannot be replaced is overwritten.
package struct StoreTroubleFile: Sendable {
    /// `notifications.db.reconciler-trouble`
    package let path: String
    private let file: AtomicFile
    private let database: FilePath

    private static let largestSize = 65_536
    private static let room = 8_192

    /// Every path to the same database, there or not, means the same file.
    package init(besideDatabase database: String) {
        self.database = FilePath(database).followed
        path = self.database.text + DatabaseFiles.trouble
        file = AtomicFile(path: path, isPrivate: true)
    }

    /// `StoreTrouble`, as the process that keeps the file knew it last; nil when it does not fire.
    package var firing: Alert? {
        load().flatMap(StoreTroubleMemory.init(encoded:)).map(\.alert).flatMap { $0.isFiring ? $0 : nil }
    }

    /// Nil when there is none, none that can be read, or nothing in it.
    func load() -> [UInt8]? {
        // Not to wait for the writer of a pipe that somebody has put there.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        var bytes = [UInt8](repeating: 0, count: Self.largestSize)
        let count = read(descriptor, &bytes, bytes.count)
        let content = bytes[..<max(0, count)].reversed().drop { $0 == Self.blank }.reversed()
        return content.isEmpty ? nil : Array(content)
    }

    /// Takes the room on the disk. Where that fails, keeping something will fail as well, and is told then.
    func takeRoom() {
        guard access(path, F_OK) != 0 else { return }
        try? save([])
    }

    func save(_ bytes: [UInt8]) throws(AtomicFile.Failure) {
        let filled = bytes + Array(repeating: Self.blank, count: max(0, Self.room - bytes.count))
        do throws(AtomicFile.Failure) {
            try file.write(filled, prepare: leaveToOwner)
        } catch {
            guard overwrite(with: filled) else { throw error }
        }
    }

    /// Nothing is to be kept any more, but the room: what is over must not be told again and again.
    func clear() throws(AtomicFile.Failure) {
        if access(path, F_OK) == 0 { try save([]) }
    }

    private static let blank = UInt8(ascii: " ")

    /// Within the room that the file has. A process that is killed meanwhile leaves a file of one content or the other.
    private func overwrite(with bytes: [UInt8]) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size >= bytes.count else {
            return false
        }
        let blanks = Array(repeating: Self.blank, count: Int(status.st_size) - bytes.count)
        return pwrite(descriptor, bytes + blanks, Int(status.st_size), 0) == Int(status.st_size)
    }

    /// A file made by root, by hand, is for the daemon to read that runs as the database's owner.
    private func leaveToOwner(_ descriptor: Int32) {
        var status = stat()
        guard geteuid() == 0, stat(database.text, &status) == 0 || stat(database.folder, &status) == 0 else {
            return
        }
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }
}
