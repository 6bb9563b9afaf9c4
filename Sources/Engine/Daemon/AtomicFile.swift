internal import Glibc

/// A file that is replaced as a whole: whoever reads it reads all of one state. A symbolic link to it stays one.
///
/// It is made as a draft beside the file, under a name of its own, and renamed. So two processes may write the same
/// file at once; the last one wins. A process that is killed may leave its draft: the next one that writes the file
/// takes away all that nobody holds a lock on. Nothing is made durable: what is lost with the machine is written anew.
package struct AtomicFile: Hashable, Sendable {
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
        Drafts(target).removeAbandoned()
        for attempt in 1...Self.mostAttempts {
            guard let code = replace(target, with: bytes, prepare) else { return }
            // Another process may have looked at the draft before it was locked, and taken it for abandoned.
            guard code == ENOENT, attempt < Self.mostAttempts else { throw Self.failure(target, code) }
        }
    }

    /// Removes the file, where there is one that could be written.
    package func remove() {
        guard let target = try? target() else { return }
        Drafts(target).removeAbandoned()
        unlink(target.text)
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

    /// The file itself. A device or a pipe must not make way for it.
    private func target() throws(Failure) -> FilePath {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw Failure(message: "\(path) is there and is no file: name another")
        }
        return isPrivate ? FilePath(path) : try Self.following(path)
    }

    /// The file that a path leads to. A link is followed where it belongs to whoever writes, or to root, and a file is at
    /// its end. Else somebody who may make links in the folder would say which file of the writer's, its database say, a
    /// page takes the place of.
    private static func following(_ path: String) throws(Failure) -> FilePath {
        var target = FilePath(path)
        var links = 0
        while links < FilePath.mostLinks, let next = try trustedLink(at: target) {
            target = next
            links += 1
        }
        var status = stat()
        guard links == 0 || stat(target.text, &status) == 0 && status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(
                message:
                    "\(path) is a symbolic link to \(target.text), where no file is: make one there, or name another")
        }
        return target
    }

    /// `O_PATH` of Linux, which Swift's Glibc does not show: opens a link, and nothing it leads to.
    private static let pathOnly: Int32 = 0o10_000_000

    /// Where a symbolic link leads; nil for what is none.
    private static func trustedLink(at path: FilePath) throws(Failure) -> FilePath? {
        // Its owner and its content are those of one link, though another may be put in its place meanwhile.
        let descriptor = open(path.text, pathOnly | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return nil }
        guard [0, geteuid()].contains(status.st_uid) else {
            throw Failure(
                message: "\(path.text) is a symbolic link of another user's (\(status.st_uid)), which is not followed:"
                    + " name the file itself")
        }
        return path.link(of: descriptor, "")
    }

    /// - Returns: an error number; nil when it is done.
    private func replace(_ target: FilePath, with bytes: [UInt8], _ prepare: (Int32) -> Void) -> Int32? {
        let draft = Drafts(target).newPath
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
        prepare(descriptor)
        if fchmod(descriptor, isPrivate ? 0o600 : 0o644) == 0, Self.put(bytes, into: descriptor),
            rename(draft, target.text) == 0
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

    private static func failure(_ target: FilePath, _ code: Int32) -> Failure {
        let remedy =
            switch code {
            case ENOENT: "make the folder \(target.folder) first"
            case ENOTDIR: "name a file in a folder"
            case ENOSPC, EDQUOT, EFBIG: "make room there; until then it stays as it was"
            case EISDIR: "name a file in it"
            default: "its folder must be writable for whoever writes it: check owner, mode and mount"
            }
        return Failure(message: "cannot write \(target.text): \(String(cString: strerror(code))): \(remedy)")
    }
}

/// The drafts of one file, beside it: `status.html.0f3a….tmp`. Whoever writes one holds a lock on it.
private struct Drafts {
    private let folder: String
    /// The file's.
    private let name: String

    private static let digits = 16
    private static let suffix = ".tmp"

    init(_ file: FilePath) {
        folder = file.folder
        name = file.name
    }

    var newPath: String {
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        let zeros = String(repeating: "0", count: Self.digits - number.count)
        return "\(folder)/\(name).\(zeros)\(number)\(Self.suffix)"
    }

    /// Removes what nobody writes any more.
    func removeAbandoned() {
        guard let directory = opendir(folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if isDraft(name) { removeIfAbandoned("\(folder)/\(name)") }
        }
    }

    private func isDraft(_ other: String) -> Bool {
        guard other.hasPrefix(name + "."), other.hasSuffix(Self.suffix) else { return false }
        let number = other.dropFirst(name.count + 1).dropLast(Self.suffix.count)
        return number.count == Self.digits && number.allSatisfy(\.isHexDigit)
    }

    private func removeIfAbandoned(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
    }
}

/// A path taken apart, and where it leads.
package struct FilePath: Hashable, Sendable {
    package let text: String

    /// As many as the kernel follows.
    static let mostLinks = 40

    package init(_ text: String) {
        self.text = text
    }

    var name: String { String(text.suffix(nameLength)) }

    package var folder: String {
        let folder = text.dropLast(nameLength)
        return folder.isEmpty ? "." : folder.count == 1 ? "/" : String(folder.dropLast())
    }

    private var nameLength: Int { text.reversed().prefix { $0 != "/" }.count }

    /// Without symbolic links; nil where nothing is.
    package var real: String? {
        guard let real = realpath(text, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// The entry in its folder, which a file that is renamed to the path replaces, and what that is a symbolic link to;
    /// whether a file is there or not.
    package var places: Set<String> {
        let folder = FilePath(folder).real
        let entry = folder.map { $0 == "/" ? "/\(name)" : "\($0)/\(name)" } ?? text
        return Set([entry, real].compactMap(\.self))
    }

    /// Where symbolic links lead, though nothing may be at the end.
    package var followed: FilePath {
        var path = self
        for _ in 0..<Self.mostLinks {
            guard let next = path.link(of: AT_FDCWD, path.text) else { break }
            path = next
        }
        return path
    }

    /// Where this path leads, as the symbolic link says that `readlinkat` finds; nil for what is none.
    fileprivate func link(of descriptor: Int32, _ name: String) -> FilePath? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlinkat(descriptor, name, &buffer, buffer.count)
        guard length > 0 else { return nil }
        let link = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return FilePath(link.hasPrefix("/") ? link : "\(folder)/\(link)")
    }
}
