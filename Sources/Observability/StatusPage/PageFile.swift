internal import Glibc

/// The file that the page is in: whole, or as it was before. Everybody may read it.
package struct PageFile: Sendable {
    package struct Failure: Error, Hashable, Sendable {
        /// One line: what is wrong, and what to do.
        package var message: String
    }

    package let path: String

    package init(path: String) {
        self.path = path
    }

    private var temporaryPath: String { "\(path).\(getpid()).new" }

    package func write(_ text: String) throws(Failure) {
        let descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        if descriptor < 0, errno == EEXIST {
            // Left by a process of that number that was killed.
            unlink(temporaryPath)
            return try write(text, to: open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644))
        }
        try write(text, to: descriptor)
    }

    private func write(_ text: String, to descriptor: Int32) throws(Failure) {
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o644) == 0, Self.put(text, on: descriptor), rename(temporaryPath, path) == 0 else {
            let code = errno
            unlink(temporaryPath)
            throw failure(code)
        }
    }

    private static func put(_ text: String, on descriptor: Int32) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// Why it could not be written, as far as that can be known without writing; nil when it can.
    package var obstacle: Failure? {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            return Failure(message: "\(path) is not a file: name the file to be made")
        }
        return access(folder, W_OK | X_OK) == 0 ? nil : failure(errno)
    }

    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func failure(_ code: Int32) -> Failure {
        let remedy =
            switch code {
            case ENOENT, ENOTDIR: "make the folder \(folder) first"
            case ENOSPC, EDQUOT: "make room there"
            case EISDIR: "name a file in it"
            default: "its folder must be writable for whoever writes the page: check owner, mode and mount"
            }
        return Failure(message: "cannot write \(path): \(String(cString: strerror(code))): \(remedy)")
    }
}
