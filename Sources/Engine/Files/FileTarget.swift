internal import Glibc

/// The file that a path leads to. It is replaced where it is, so that a symbolic link to it stays one.
///
/// A link is followed where it belongs to whoever writes, or to root, and a file is at its end. Else somebody who may
/// make links in the folder would say which file of the writer's, its database say, a page takes the place of.
struct FileTarget {
    let path: String

    /// As many as the kernel follows.
    private static let mostLinks = 40
    /// `O_PATH` of Linux, which Swift's Glibc does not show: opens a link, and nothing it leads to.
    private static let pathOnly: Int32 = 0o10_000_000

    /// The path itself.
    init(at path: String) {
        self.path = path
    }

    /// - Throws: where a link is another user's, or leads to no file.
    init(following path: String) throws(ReplacedFile.Failure) {
        var target = path
        var links = 0
        while links < Self.mostLinks, let next = try Self.link(at: target) {
            target = next
            links += 1
        }
        var status = stat()
        guard links == 0 || stat(target, &status) == 0 && status.st_mode & S_IFMT == S_IFREG else {
            throw ReplacedFile.Failure(
                message: "\(path) is a symbolic link to \(target), where no file is: make one there, or name another")
        }
        self.path = target
    }

    var folder: String { Self.folder(of: path) }

    var drafts: Drafts { Drafts(folder: folder, name: String(path.suffix(Self.nameLength(path)))) }

    private static func nameLength(_ path: String) -> Int { path.reversed().prefix { $0 != "/" }.count }

    private static func folder(of path: String) -> String {
        let folder = path.dropLast(nameLength(path))
        return folder.isEmpty ? "." : folder.count == 1 ? "/" : String(folder.dropLast())
    }

    /// Where a symbolic link leads; nil for what is none.
    private static func link(at path: String) throws(ReplacedFile.Failure) -> String? {
        // Its owner and its content are those of one link, though another may be put in its place meanwhile.
        let descriptor = open(path, pathOnly | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return nil }
        guard [0, geteuid()].contains(status.st_uid) else {
            throw ReplacedFile.Failure(
                message: "\(path) is a symbolic link of another user's (\(status.st_uid)), which is not followed: name"
                    + " the file itself")
        }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlinkat(descriptor, "", &buffer, buffer.count)
        guard length > 0 else { return nil }
        let text = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.hasPrefix("/") ? text : "\(folder(of: path))/\(text)"
    }
}
