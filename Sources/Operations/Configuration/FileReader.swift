internal import Glibc

/// How configuration and secrets are read, so that tests can give what no temporary file can be (another's file).
struct FileReader: Sendable {
    /// The whole file at a path.
    var read: @Sendable (_ path: String) -> Result<FileContent, FileFailure>

    /// Larger files are refused: no configuration and no secret is this long.
    static let largest = 1 << 20

    /// The real file system. Symbolic links are followed (systemd and Kubernetes make them); anything but a regular
    /// file is refused, and opening it never waits (a named pipe would).
    static let system = reading(upTo: largest)

    /// The same with another limit.
    static func reading(upTo limit: Int) -> FileReader {
        FileReader { path in content(of: path, upTo: limit) }
    }

    private static func content(of path: String, upTo limit: Int) -> Result<FileContent, FileFailure> {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return .failure(.system(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .failure(.system(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { return .failure(.notAFile) }

        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .failure(.system(errno)) }
            if count == 0 { break }
            bytes += buffer[..<count]
            if bytes.count > limit { return .failure(.tooLarge(than: limit)) }
        }
        return .success(FileContent(bytes: bytes, mode: UInt32(status.st_mode & 0o7777), owner: status.st_uid))
    }
}

/// A file's bytes, and who may read them.
struct FileContent: Sendable, Equatable {
    var bytes: [UInt8]
    /// Permission bits only.
    var mode: UInt32
    var owner: UInt32
}

/// Why a file could not be read.
enum FileFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// An `errno`.
    case system(Int32)
    case notAFile
    /// More bytes than allowed.
    case tooLarge(than: Int)

    var isMissing: Bool { self == .system(ENOENT) || self == .system(ENOTDIR) }

    var description: String {
        switch self {
        case .system(let code): String(cString: strerror(code))
        case .notAFile: "not a regular file"
        case .tooLarge(let limit): "larger than \(limit >> 20) MiB"
        }
    }
}
