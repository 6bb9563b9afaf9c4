internal import Glibc

/// The drafts of one file, beside it: `status.html.0f3a….tmp`. Whoever writes one holds a lock on it.
struct Drafts {
    let folder: String
    /// The file's.
    let name: String

    private static let digits = 16
    private static let suffix = ".tmp"

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
