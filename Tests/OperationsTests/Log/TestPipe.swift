import Glibc

/// Both ends of a pipe, closed with it. `SIGPIPE` is ignored from the first on, as the daemon does.
final class TestPipe {
    private(set) var reader: Int32
    let writer: Int32

    init(isNonBlocking: Bool = false) {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0)
        (reader, writer) = (ends[0], ends[1])
        if isNonBlocking { _ = fcntl(writer, F_SETFL, O_NONBLOCK) }
    }

    deinit {
        close(writer)
        closeReader()
    }

    func closeReader() {
        if reader >= 0 { close(reader) }
        reader = -1
    }

    /// What is in the pipe now.
    func drain() -> String {
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(reader, &buffer, buffer.count)
            if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    /// Fills it to the last byte.
    func fill() {
        let flags = fcntl(writer, F_GETFL)
        _ = fcntl(writer, F_SETFL, flags | O_NONBLOCK)
        while write(writer, "x", 1) == 1 {}
        _ = fcntl(writer, F_SETFL, flags)
    }
}
