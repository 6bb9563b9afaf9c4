internal import Glibc

/// The file that node_exporter's textfile collector reads. It is replaced as a whole, so that whoever reads it reads
/// all of one state; the collector looks only at names that end in `.prom`, which the file in the making has not.
package struct MetricsFile: Hashable, Sendable {
    package let path: String

    private var temporary: String { path + ".tmp" }
    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    package init(path: String) {
        self.path = path
    }

    /// What is wrong, and what to do.
    package struct Problem: Error, Hashable, Sendable {
        package var text: String
    }

    /// Whether the file could be written now; changes nothing.
    package func check() throws(Problem) {
        var status = stat()
        guard stat(folder, &status) == 0 else {
            throw Problem(text: "the folder \(folder) is not there (\(Self.reason)): make it, or name another")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw Problem(text: "\(folder) is no folder: name a file in one")
        }
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw Problem(text: "\(path) is there and is no file: name another")
        }
        guard faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 else {
            throw Problem(
                text: "the folder \(folder) may not be written (\(Self.reason)): give its group the right to")
        }
    }

    /// Readable by everybody, whatever the umask. Not made durable: after a crash of the machine the next cycle writes
    /// it anew.
    package func write(_ text: String) throws(Problem) {
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else { throw Problem(text: "cannot make \(temporary): \(Self.reason)") }
        let isWritten = Self.write(Array(text.utf8), to: descriptor) && fchmod(descriptor, 0o644) == 0
        let reason = Self.reason
        guard close(descriptor) == 0, isWritten else {
            unlink(temporary)
            throw Problem(text: "cannot write \(temporary): \(reason)")
        }
        guard rename(temporary, path) == 0 else {
            let reason = Self.reason
            unlink(temporary)
            throw Problem(text: "cannot replace \(path): \(reason)")
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
