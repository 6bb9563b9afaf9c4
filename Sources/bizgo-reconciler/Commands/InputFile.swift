internal import Engine
internal import Glibc
internal import Operations

/// What a command is given to read: a file, or standard input.
enum InputFile {
    private static let largest = 1 << 20

    /// The whole of it. Waits for standard input to end.
    /// - Throws: exit 74 for a file that cannot be read; 65 for more than a mebibyte.
    static func read(_ arguments: Arguments) throws(CommandFailure) -> [UInt8] {
        let path = arguments.operands.first.flatMap { $0 == "-" ? nil : $0 }
        let descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? STDIN_FILENO
        defer { if path != nil, descriptor >= 0 { close(descriptor) } }
        let name = path ?? "standard input"
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = descriptor < 0 ? -1 : Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw CommandFailure(
                    .inputOutput, "\(arguments.command.rawValue): cannot read \(name): \(String(cString: strerror(errno)))")
            }
            bytes += buffer[..<count]
            guard bytes.count <= largest else {
                throw CommandFailure(.data, "\(arguments.command.rawValue): \(name) is larger than \(largest >> 20) MiB")
            }
        }
    }
}
