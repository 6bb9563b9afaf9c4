import Glibc

/// The system calls under a log, so that tests can interrupt and shorten them.
struct LineOutput {
    /// `write(2)`: the bytes taken, or an `errno`.
    var write: (UnsafeRawBufferPointer) -> Result<Int, WriteFailure>
    /// Waits at most so many milliseconds until a write would take something; false when it would not.
    var wait: (_ milliseconds: Int32) -> Bool

    /// The time that waits are counted in.
    var milliseconds: () -> Int64

    struct WriteFailure: Error, Equatable {
        var code: Int32
    }

    static func descriptor(_ descriptor: Int32) -> LineOutput {
        LineOutput(
            write: { bytes in
                let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
                return count < 0 ? .failure(WriteFailure(code: errno)) : .success(count)
            },
            wait: { milliseconds in
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                // An error or a hang-up counts as ready: the write then says what it is.
                var count: Int32
                repeat { count = poll(&request, 1, milliseconds) } while count < 0 && errno == EINTR
                return count > 0
            },
            milliseconds: { LogTime.now().monotonicMilliseconds })
    }
}
