internal import Glibc

/// Finds a program as `posix_spawnp` does, which starts the command sinks.
package enum ProgramSearch {
    /// What the C library takes where there is no `PATH`.
    private static let defaultPath = "/bin:/usr/bin"

    /// - Parameters:
    ///   - name: with a `/` in it a path as it is, else looked up in each folder of `path`.
    ///   - path: folders separated by colons; an empty one is the current folder.
    /// - Returns: the first regular file that may be run; nil when there is none.
    package static func find(_ name: String, path: String?) -> String? {
        guard !name.isEmpty else { return nil }
        guard !name.utf8.contains(UInt8(ascii: "/")) else { return isProgram(name) ? name : nil }
        return (path ?? defaultPath).split(separator: ":", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "./" + name : "\($0)/\(name)" }
            .first(where: isProgram)
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        // A folder "may be run", too.
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
