internal import Engine
internal import Ledger
internal import Operations

/// The status page, once.
@Loop
enum ReportCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        guard let path = arguments[.html] else {
            throw CommandFailure(
                .usage, "report: --html FILE says where the page is to be made. Try `bizgo-reconciler help report`")
        }
        let settings = try Setup.settings(arguments)
        if let owner = NamedFiles(settings, configuration: Setup.path(arguments)).owner(of: path) {
            throw CommandFailure(
                .inputOutput, "report: \(path) is the file of \(owner): name another file for the page")
        }
        let now = SystemTime().now
        let figures = try await LedgerDoor.with(settings, .readOnly) { ledger throws(LedgerError) in
            try await ledger.figures(at: now)
        }
        do throws(ReplacedFile.Failure) {
            try ReplacedFile(path: path).write(
                StatusPage.html(StatusReport(.figures(figures), settings, origin: .command, at: now)))
        } catch {
            throw CommandFailure(.inputOutput, "report: \(error.message)")
        }
        Terminal.line("wrote \(path)")
        return .ok
    }
}
