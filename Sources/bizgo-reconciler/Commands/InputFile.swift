internal import Engine
internal import Glibc
internal import Operations

/// What is given to be read: a file, or a command's standard input.
enum InputFile {
    private static let largest = 1 << 20

    struct Problem: Error {
        /// Whether it could be read, and is too large.
        var isTooLarge = false
        var words: String
    }

    /// What a command is to read. Waits for standard input to end.
    /// - Throws: exit 74 for what cannot be read; 65 for more than a mebibyte.
    static func read(_ arguments: Arguments) throws(CommandFailure) -> [UInt8] {
        let path = arguments.operands.first.flatMap { $0 == "-" ? nil : $0 }
        switch read(path) {
        case .success(let bytes): return bytes
        case .failure(let problem):
            throw CommandFailure(
                problem.isTooLarge ? .data : .inputOutput,
                "\(arguments.command.rawValue): \(path ?? "standard input"): \(problem.words)")
        }
    }

    /// The whole file; standard input where there is none.
    static func read(_ path: String?) -> Result<[UInt8], Problem> {
        let descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? STDIN_FILENO
        defer { if path != nil, descriptor >= 0 { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = descriptor < 0 ? -1 : Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return .success(bytes) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                return .failure(Problem(words: "cannot be read: " + String(cString: strerror(errno))))
            }
            bytes += buffer[..<count]
            guard bytes.count <= largest else {
                return .failure(Problem(isTooLarge: true, words: "larger than \(largest >> 20) MiB"))
            }
        }
    }
}
