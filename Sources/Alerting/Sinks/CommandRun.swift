internal import Dispatch
internal import Engine
internal import Glibc
internal import Reconciliation

/// One run of a command on the loop, without a thread that waits: its input is written when it reads, its end is
/// told by a pidfd, and a timer ends it when it takes too long.
@Loop
final class CommandRun {
    /// Starting a program may have to wait for a disk; the loop does not.
    private static let starter = DispatchQueue(label: "bizgo-reconciler.command")

    /// Between being told to end and being ended, in a process that ends itself.
    private static let lastGrace = Duration.milliseconds(500)

    private var limits: CommandLimits
    private var isBrokenOff = false
    private var child: ChildProcess?
    private var input: ArraySlice<UInt8> = []
    private var continuation: CheckedContinuation<CommandOutcome, Never>?
    private var exitSource: (any DispatchSourceProtocol)?
    private var inputSource: (any DispatchSourceProtocol)?
    private var deadline: (any DispatchSourceTimer)?
    /// What comes when the deadline has passed.
    private var nextStep = Step.terminate

    private enum Step {
        case terminate
        case kill
        case giveUp
        case nothing
    }

    init(limits: CommandLimits) {
        self.limits = limits
    }

    func run(_ arguments: [String], environment: [String: String], input: [UInt8]) async -> CommandOutcome {
        let started = await withCheckedContinuation { continuation in
            Self.starter.async {
                continuation.resume(returning: ChildProcess.start(arguments, environment: environment))
            }
        }
        switch started {
        case .failure(let failure):
            return .notStarted(failure)
        case .success(let child):
            self.child = child
            self.input = input[...]
            return await withCheckedContinuation {
                continuation = $0
                watch(child)
            }
        }
    }

    /// Tells the command to end, and ends it soon after; at once where it has been told before.
    func breakOff() {
        limits.grace = Self.lastGrace
        isBrokenOff = true
        deadlinePassed()
    }

    private func watch(_ child: ChildProcess) {
        let inputSource = DispatchSource.makeWriteSource(fileDescriptor: child.input, queue: Loop.queue)
        inputSource.setEventHandler { Loop.assumeIsolated { self.writeInput() } }
        inputSource.setCancelHandler { close(child.input) }
        inputSource.resume()
        self.inputSource = inputSource

        let exitSource = Self.exitSource(child)
        exitSource.setEventHandler { Loop.assumeIsolated { self.childMayHaveEnded() } }
        exitSource.setCancelHandler { if child.pidfd >= 0 { close(child.pidfd) } }
        exitSource.resume()
        self.exitSource = exitSource

        let deadline = DispatchSource.makeTimerSource(queue: Loop.queue)
        deadline.setEventHandler { Loop.assumeIsolated { self.deadlinePassed() } }
        deadline.schedule(deadline: .now() + limits.timeout.dispatched)
        deadline.resume()
        self.deadline = deadline
        if isBrokenOff { deadlinePassed() }
    }

    /// A timer that looks now and then, where there is no pidfd.
    private static func exitSource(_ child: ChildProcess) -> any DispatchSourceProtocol {
        guard child.pidfd < 0 else {
            return DispatchSource.makeReadSource(fileDescriptor: child.pidfd, queue: Loop.queue)
        }
        let timer = DispatchSource.makeTimerSource(queue: Loop.queue)
        timer.schedule(deadline: .now(), repeating: .milliseconds(100), leeway: .milliseconds(50))
        return timer
    }

    private func writeInput() {
        guard let child, inputSource != nil else { return }
        while !input.isEmpty {
            let count = PipeWriter.write(input, to: child.input)
            if count < 0 {
                if errno == EAGAIN || errno == EINTR { return }
                break  // it does not want to read; its exit status decides
            }
            input = input.dropFirst(count)
        }
        endInput()
    }

    private func endInput() {
        inputSource?.cancel()
        inputSource = nil
    }

    private func childMayHaveEnded() {
        guard let child else { return }
        // Its number is ours until it is reaped, so what it left in its group can still be ended by it.
        if nextStep != .terminate { child.signal(SIGKILL) }
        guard let outcome = child.reap() else { return }
        self.child = nil
        endInput()
        exitSource?.cancel()
        exitSource = nil
        deadline?.cancel()
        deadline = nil
        finish(nextStep == .terminate ? outcome : .timedOut)
    }

    private func deadlinePassed() {
        guard let child else { return }
        switch nextStep {
        case .terminate:
            nextStep = .kill
            child.signal(SIGTERM)
            deadline?.schedule(deadline: .now() + limits.grace.dispatched)
        case .kill:
            nextStep = .giveUp
            child.signal(SIGKILL)
            deadline?.schedule(deadline: .now() + limits.grace.dispatched)
        case .giveUp:
            // Stuck in the kernel. It is reaped whenever it ends; nobody waits for that.
            nextStep = .nothing
            endInput()
            finish(.timedOut)
        case .nothing:
            break
        }
    }

    private func finish(_ outcome: CommandOutcome) {
        continuation?.resume(returning: outcome)
        continuation = nil
    }
}

extension Duration {
    fileprivate var dispatched: DispatchTimeInterval { .milliseconds(Int(wholeMilliseconds)) }
}
