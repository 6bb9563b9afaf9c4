internal import Engine
internal import Operations

extension Command {
    @Loop
    func execute(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        switch self {
        case .run: try await RunCommand.run(arguments)
        case .once: try await OnceCommand.run(arguments)
        case .check: try await CheckCommand.run(arguments)
        case .status: try await StatusCommand.run(arguments)
        case .list: try await ListCommand.run(arguments)
        case .show: try await ShowCommand.run(arguments)
        case .explain: try await ExplainCommand.run(arguments)
        case .requeue: try await RequeueCommand.run(arguments)
        case .ack: try await AckCommand.run(arguments)
        case .alertTest: try await AlertTestCommand.run(arguments)
        case .initDatabase: try InitDatabaseCommand.run(arguments)
        case .backup: try BackupCommand.run(arguments)
        case .report: try await ReportCommand.run(arguments)
        case .demo: try await DemoCommand.run(arguments)
        case .completion: try CompletionCommand.run(arguments)
        case .version: VersionCommand.run()
        case .help: try HelpCommand.run(arguments)
        }
    }
}
