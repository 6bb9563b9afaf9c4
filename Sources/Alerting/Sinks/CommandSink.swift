package import Engine
internal import FoundationEssentials
package import Reconciliation

/// Runs a program with the generic JSON on its standard input; it took the notification when it exits with 0.
///
/// No shell. Its output goes nowhere: it could hold anything. It inherits the environment, without what is secret
/// or meant for this process alone, and no open file.
@Loop
package final class CommandSink: AlertSink {
    package let name: String
    package let minimumSeverity: AlertSeverity
    private let arguments: [String]
    private let environment: [String: String]
    private let limits: CommandLimits
    private var runs: [CommandRun] = []

    /// - Parameters:
    ///   - arguments: the program, by its path or to be found in `PATH`, and what it is given. Not empty.
    ///   - environment: before secrets are taken out; nil for this process's own.
    package init(
        name: String = "command", minimumSeverity: AlertSeverity = .info, arguments: [String],
        environment: [String: String]? = nil, limits: CommandLimits = CommandLimits()
    ) {
        precondition(!arguments.isEmpty, "a command without a program")
        self.name = name
        self.minimumSeverity = minimumSeverity
        self.arguments = arguments
        self.environment = Self.inherited(environment ?? ProcessInfo.processInfo.environment)
        self.limits = limits
    }

    package func deliver(_ notification: Notification) async -> Delivery {
        let run = CommandRun(limits: limits)
        runs.append(run)
        let outcome = await run.run(arguments, environment: environment, input: GenericPayload(notification).json)
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
