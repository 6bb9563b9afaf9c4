package import Engine

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
}
