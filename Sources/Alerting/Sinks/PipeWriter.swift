internal import Glibc

/// Writes to a pipe that nobody may read from any more, without the signal that comes with it: whether the process
/// ignores SIGPIPE is for the process to decide.
enum PipeWriter {
    /// As `write(2)`: the count, or -1 with `errno`.
    static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int {
        var pipeSignal = sigset_t()
        sigemptyset(&pipeSignal)
        sigaddset(&pipeSignal, SIGPIPE)
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &pipeSignal, &before)
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let failure = errno
        if count < 0, failure == EPIPE, sigismember(&before, SIGPIPE) == 0 {
            var atOnce = timespec()
            sigtimedwait(&pipeSignal, nil, &atOnce)
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        errno = failure
        return count
    }
}
