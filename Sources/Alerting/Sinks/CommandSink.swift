internal import Dispatch
package import Engine
internal import FoundationEssentials
internal import Glibc
package import Reconciliation

/// Runs a program with the generic JSON on its standard input; it took the notification when it exits with 0.
///
/// No shell. Its output goes nowhere: it could hold anything. It inherits the environment, without what is secret
/// or meant for this process alone, and no open file.
@EventLoop
package final class CommandSink: AlertSink {
    package let name: String
    package let minimumSeverity: AlertSeverity
    private let arguments: [String]
    private let environment: [String: String]
    private let limits: CommandLimits
    private var runs: [CommandRun] = []

    /// - Parameter arguments: the program, by its path or to be found in `PATH`, and what it is given. Not empty.
    package convenience init(name: String, minimumSeverity: AlertSeverity, arguments: [String]) {
        self.init(
            name: name, minimumSeverity: minimumSeverity, arguments: arguments,
            environment: ProcessInfo.processInfo.environment)
    }

    /// - Parameter environment: before secrets are taken out.
    init(
        name: String = "command", minimumSeverity: AlertSeverity = .info, arguments: [String],
        environment: [String: String], limits: CommandLimits = CommandLimits()
    ) {
        precondition(!arguments.isEmpty, "a command without a program")
        self.name = name
        self.minimumSeverity = minimumSeverity
        self.arguments = arguments
        self.environment = Self.inherited(environment)
        self.limits = limits
    }

    package func deliver(_ notification: Notification) async -> Delivery {
        let run = CommandRun(limits: limits)
        runs.append(run)
        let outcome = await run.run(arguments, environment: environment, input: HTTPPayload.webhook.body(notification))
        runs.removeAll { $0 === run }
        return switch outcome {
        case .exited(0): .accepted
        case .exited(let status): .failed(detail: "exit status \(status)", retryAfter: nil, permanent: false)
        case .killed(let signal): .failed(detail: "ended by signal \(signal)", retryAfter: nil, permanent: false)
        case .timedOut: .failed(detail: "time-out", retryAfter: nil, permanent: false)
        case .lost: .failed(detail: "exit status unknown", retryAfter: nil, permanent: false)
        case .notStarted(let failure):
            .failed(
                detail: "cannot be started: \(failure)", cause: .program, retryAfter: nil,
                permanent: failure.isPermanent)
        }
    }

    package func breakOff() {
        for run in runs { run.breakOff() }
    }

    /// Keys and credentials are not for alert scripts, nor is the socket by which a service says that it is alive.
    static func inherited(_ environment: [String: String]) -> [String: String] {
        let withheld = ["CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM"]
        return environment.filter { name, _ in
            !name.hasPrefix("BIZGO_") && !name.hasPrefix("LISTEN_") && !withheld.contains(name)
        }
    }
}

/// How long a command may take, and how long it has to end after it was told to.
struct CommandLimits {
    var timeout = Duration.seconds(10)
    var grace = Duration.seconds(2)
}

/// One run of a command on the loop, without a thread that waits: its input is written when it reads, its end is
/// told by a pidfd, and a timer ends it when it takes too long.
@EventLoop
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
        let inputSource = DispatchSource.makeWriteSource(fileDescriptor: child.input, queue: EventLoop.queue)
        inputSource.setEventHandler { EventLoop.assumeIsolated { self.writeInput() } }
        inputSource.setCancelHandler { close(child.input) }
        inputSource.resume()
        self.inputSource = inputSource

        let exitSource = Self.exitSource(child)
        exitSource.setEventHandler { EventLoop.assumeIsolated { self.childMayHaveEnded() } }
        exitSource.setCancelHandler { if child.pidfd >= 0 { close(child.pidfd) } }
        exitSource.resume()
        self.exitSource = exitSource

        let deadline = DispatchSource.makeTimerSource(queue: EventLoop.queue)
        deadline.setEventHandler { EventLoop.assumeIsolated { self.deadlinePassed() } }
        deadline.schedule(deadline: .now() + limits.timeout.dispatched)
        deadline.resume()
        self.deadline = deadline
        if isBrokenOff { deadlinePassed() }
    }

    /// A timer that looks now and then, where there is no pidfd.
    private static func exitSource(_ child: ChildProcess) -> any DispatchSourceProtocol {
        guard child.pidfd < 0 else {
            return DispatchSource.makeReadSource(fileDescriptor: child.pidfd, queue: EventLoop.queue)
        }
        let timer = DispatchSource.makeTimerSource(queue: EventLoop.queue)
        timer.schedule(deadline: .now(), repeating: .milliseconds(100), leeway: .milliseconds(50))
        return timer
    }

    private func writeInput() {
        guard let child, inputSource != nil else { return }
        while !input.isEmpty {
            // Whoever reads no more is no reason to end: the process ignores SIGPIPE.
            let count = input.withUnsafeBytes { Glibc.write(child.input, $0.baseAddress, $0.count) }
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
