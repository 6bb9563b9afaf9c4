package import Engine
package import Ledger
package import Reconciliation

/// How a command ends (bizgo-reconciler(1); the numbers are those of sysexits.h).
package enum ExitCode: Int32, Sendable {
    case ok = 0
    /// A plain no: there is no such message; `status --check`: a warning or an error fires.
    case negative = 1
    /// `status --check`: a critical alert fires, or no cycle succeeded for too long.
    case critical = 2
    /// `status --check`: cannot tell.
    case unknown = 3
    case usage = 64
    /// What was given to be read is not what it should be.
    case data = 65
    /// The provider is unavailable or refuses.
    case unavailable = 69
    /// A mistake of the program's.
    case software = 70
    case inputOutput = 74
    /// The database is locked, or another instance works on it.
    case tryLater = 75
    case configuration = 78
}

extension ExitCode {
    /// For a store that cannot be worked on: it is locked, it failed, or it is not what the configuration says.
    package init(_ kind: LedgerError.Kind) {
        self =
            switch kind {
            case .busy, .interrupted, .superseded, .unreachable: .tryLater
            case .full, .damaged: .inputOutput
            case .readOnly, .unusable, .rowRejected, .newerSchema: .configuration
            case .unexpected: .software
            }
    }
}

/// Ends a command: the exit code, and a line for stderr for each problem, naming what is wrong and what to do.
package struct CommandFailure: Error, Hashable, Sendable {
    package let code: ExitCode
    /// Never empty.
    package let lines: [String]

    package init(_ code: ExitCode, _ message: String) {
        self.init(code, lines: [message])
    }

    package init(_ code: ExitCode, lines: [String]) {
        self.code = code
        self.lines = lines
    }

    /// A command line that cannot be meant.
    init(_ command: Command, _ problem: String) {
        self.init(
            .usage, "\(command.rawValue): \(problem). Try `bizgo-reconciler help \(command.rawValue)`")
    }

    package init(_ error: LedgerError) {
        self.init(ExitCode(error.kind), error.message)
    }

    package init(_ failure: ConfigurationFailure) {
        self.init(.configuration, lines: failure.problems.map(\.description))
    }
}

/// What `status --check` says with its exit code.
package enum StatusCheck {
    /// - Parameter interval: between cycles.
    package static func verdict(_ overview: LedgerOverview, interval: Duration, at now: Timestamp) -> ExitCode {
        guard overview.schemaVersion != nil, overview.lastCycle != nil else { return .unknown }
        let isOverdue = overview.lastSuccessAt.map { now - $0 > OverdueCycle.patience(interval) } ?? true
        let worst = overview.firing.map(\.identity.name.severity).max()
        if isOverdue || worst == .critical { return .critical }
        return overview.refusals != nil || worst.map { $0 >= .warning } == true ? .negative : .ok
    }
}
