internal import Engine
internal import Ledger
internal import Operations

/// Whether the daemon could work.
@Loop
enum CheckCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let setup = try Setup.load(arguments)
        var report = CheckReport()
        report.configuration(setup, Setup.path(arguments))
        // A database with two names is not to be worked on by anybody, whatever the provider says.
        try InstanceLock.checkName(setup.settings.store.path)
        await report.store(setup.settings)
        report.metrics(setup)
        report.statusPage(setup.settings)
        if arguments.has(.offline) {
            report.programs(setup)
        } else {
            await report.provider(setup)
            await report.sinks(setup)
            await report.heartbeat(setup)
        }
        return report.code
    }
}
