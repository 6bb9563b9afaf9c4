internal import Glibc

/// A file that is replaced as a whole: whoever reads it reads all of one state. A symbolic link to it stays one.
///
/// It is made as a draft beside the file, under a name of its own, and renamed. So two processes may write the same
/// file at once; the last one wins. A process that is killed may leave its draft: the next one that writes the file
/// takes away all that nobody holds a lock on. Nothing is made durable: what is lost with the machine is written anew.
package struct ReplacedFile: Hashable, Sendable {
    package struct Failure: Error, Hashable, Sendable {
        /// One line: what is wrong, and what to do.
        package var message: String

        package init(message: String) {
            self.message = message
        }
    }

    package let path: String
    private let isPrivate: Bool

    private static let mostAttempts = 3

    /// - Parameter isPrivate: whether its owner alone may read it, and a symbolic link makes way for it; else everybody
    ///   may, whatever the umask, and a link is followed.
    package init(path: String, isPrivate: Bool = false) {
        self.path = path
        self.isPrivate = isPrivate
    }

    package func write(_ text: String) throws(Failure) { try write(Array(text.utf8)) }

    /// - Parameter prepare: may change the draft's owner.
    /// - Throws: when the file is as it was.
    package func write(_ bytes: [UInt8], prepare: (_ descriptor: Int32) -> Void = { _ in }) throws(Failure) {
        let target = try target()
        target.drafts.removeAbandoned()
        for attempt in 1...Self.mostAttempts {
            guard let code = replace(target, with: bytes, prepare) else { return }
            // Another process may have looked at the draft before it was locked, and taken it for abandoned.
            guard code == ENOENT, attempt < Self.mostAttempts else { throw Self.failure(target, code) }
        }
    }

    /// Whether the file could be written now; changes nothing.
    package func check() throws(Failure) {
        let target = try target()
        var status = stat()
        guard stat(target.folder, &status) == 0 else { throw Self.failure(target, errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw Self.failure(target, ENOTDIR) }
        guard faccessat(AT_FDCWD, target.folder, W_OK | X_OK, AT_EACCESS) == 0 else {
            throw Self.failure(target, errno)
        }
    }

    /// A device or a pipe must not make way for a file.
    private func target() throws(Failure) -> FileTarget {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw Failure(message: "\(path) is there and is no file: name another")
        }
        return isPrivate ? FileTarget(at: path) : try FileTarget(following: path)
    }

    /// - Returns: an error number; nil when it is done.
    private func replace(_ target: FileTarget, with bytes: [UInt8], _ prepare: (Int32) -> Void) -> Int32? {
        let draft = target.drafts.newPath
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
        prepare(descriptor)
        if fchmod(descriptor, isPrivate ? 0o600 : 0o644) == 0, Self.put(bytes, into: descriptor),
            rename(draft, target.path) == 0
        {
            return nil
        }
        let code = errno
        unlink(draft)
        return code
    }

    private static func put(_ bytes: [UInt8], into descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        // Some file systems say only at a close that there was no room. The lock lasts until the last one.
        return close(dup(descriptor)) == 0
    }

    private static func failure(_ target: FileTarget, _ code: Int32) -> Failure {
        let remedy =
            switch code {
            case ENOENT: "make the folder \(target.folder) first"
            case ENOTDIR: "name a file in a folder"
            case ENOSPC, EDQUOT, EFBIG: "make room there; until then it stays as it was"
            case EISDIR: "name a file in it"
            default: "its folder must be writable for whoever writes it: check owner, mode and mount"
            }
        return Failure(message: "cannot write \(target.path): \(String(cString: strerror(code))): \(remedy)")
    }
}
