internal import Glibc

/// Writes whole lines, each with one `write(2)` where the system lets it, and never stops the program: what cannot be
/// written within `patience` is counted as lost.
///
/// It asks whether the descriptor takes anything before it writes, so that a reader that hangs does not hang the
/// daemon, even where the descriptor blocks. After one line that had to be given up it does not wait again until a
/// write succeeds: a log that is stuck costs one wait, not one a line.
struct LineWriter {
    private let output: LineOutput
    private let patience: Int32
    private var isStuck = false
    /// Half a line is out; the next begins with a line end.
    private var isTorn = false

    /// Lines that were not written, or only in part, since it was last mentioned.
    private(set) var lost = 0
    /// The `errno` of the last one lost; `EAGAIN` for a reader that does not read.
    private(set) var lastFailure: Int32 = 0

    init(output: LineOutput, patienceMilliseconds: Int32) {
        self.output = output
        patience = patienceMilliseconds
    }

    /// Writes a line that ends in a line end; false when it is lost.
    mutating func write(_ line: String) -> Bool {
        var bytes = Array(line.utf8)
        if isTorn { bytes.insert(0x0a, at: 0) }
        var written = 0
        if let failure = writeAll(bytes, &written) {
            // Whatever is out of it is a torn line, unless only the line end that closed the last one is.
            if written > 0 { isTorn = !(isTorn && written == 1) }
            lost += 1
            lastFailure = failure
            isStuck = true
            return false
        }
        isTorn = false
        isStuck = false
        return true
    }

    /// What counts as lost from now on: 0 once it has been said, the same as before when saying it failed.
    mutating func setLost(_ count: Int) {
        lost = count
    }

    /// nil when all is written, else the `errno` it ended with.
    private func writeAll(_ bytes: [UInt8], _ written: inout Int) -> Int32? {
        let end = output.milliseconds() + (isStuck ? 0 : Int64(patience))
        // Interruptions are bounded too, so that this ends whatever the clock does.
        for _ in 0..<1000 where written < bytes.count {
            let left = Int32(clamping: max(0, end - output.milliseconds()))
            guard output.wait(left) else { return EAGAIN }
            let rest = written
            switch bytes.withUnsafeBytes({ output.write(UnsafeRawBufferPointer(rebasing: $0[rest...])) }) {
            case .success(let count): written += count
            case .failure(let failure) where failure.code == EINTR || failure.code == EAGAIN: continue
            case .failure(let failure): return failure.code
            }
        }
        return written == bytes.count ? nil : EAGAIN
    }
}

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
