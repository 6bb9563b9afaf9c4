import Glibc

/// Where a path leads to, whether a file is there or not.
struct FilePlace {
    private let path: String

    init(_ path: String) {
        self.path = path
    }

    /// The entry in its folder, which a file that is renamed to the path replaces, and what that is a symbolic link to.
    var all: Set<String> {
        var places: Set<String> = [entry]
        if let target = Self.real(path) { places.insert(target) }
        return places
    }

    private var entry: String {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { path[...$0] } ?? "."
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        guard let real = Self.real(String(folder)) else { return path }
        return real == "/" ? "/\(name)" : "\(real)/\(name)"
    }

    private static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
