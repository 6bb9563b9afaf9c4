internal import BizgoSimulator
internal import Engine
internal import Glibc
internal import Operations
internal import Reconciliation

/// A folder in which the commands can be tried without a key: a database with what two days of lost webhooks have left,
/// a configuration, and the provider played on 127.0.0.1 for a while.
@EventLoop
enum DemoSandbox {
    private static let lifetime = Duration.seconds(900)

    /// Ends by itself. The folder stays.
    /// - Parameter path: of a folder that is yet to be made.
    static func run(in path: String) async throws(CommandFailure) -> ExitCode {
        let folder = try make(path)
        let provider = DemoProvider(now: SystemTime().now, requestsPerSecond: 5)
        let backlog = provider.loadBacklog()
        let application = try DemoStage.application(in: folder)
        for message in backlog { application.accepted([message.key], at: message.acceptedAt) }
        let port = try DemoStage.listen(provider.simulator)
        let configuration = configuration(folder, port)
        let file = folder + "/config.json5"
        do throws(AtomicFile.Failure) {
            try AtomicFile(path: folder + keyName, isPrivate: true).write(DemoStage.key + "\n")
            try AtomicFile(path: file).write(configuration)
        } catch {
            throw CommandFailure(.inputOutput, "demo: \(error.message)")
        }
        tell(file, configuration, waiting: backlog.count)
        _ = try? await SystemTime().sleep(for: lifetime)
        provider.simulator.stop()
        Terminal.line("Bizgo is played no longer. \(folder) is yours to remove.")
        return .ok
    }

    private static let keyName = "/api-key"

    /// - Returns: where it is, whatever the folder a command is called in.
    private static func make(_ path: String) throws(CommandFailure) -> String {
        guard mkdir(path, 0o700) == 0 else {
            throw CommandFailure(
                .inputOutput,
                "demo: cannot make the folder \(path): \(String(cString: strerror(errno))); name one that is not there yet"
            )
        }
        guard let place = realpath(path, nil) else { throw DemoStage.cannotWrite(path) }
        defer { free(place) }
        return String(cString: place)
    }

    private static func configuration(_ folder: String, _ port: UInt16) -> String {
        func quoted(_ text: String) -> String { JSONOutput.string(text).text }
        return """
            {
              api: { base_url: "http://127.0.0.1:\(port)", key_file: \(quoted(folder + keyName)) },
              store: { path: \(quoted(folder + DemoStage.databaseName)) },
            }

            """
    }

    private static func tell(_ file: String, _ configuration: String, waiting: Int) {
        Terminal.line("\(file):")
        for line in configuration.split(separator: "\n") { Terminal.line(String(line)) }
        Terminal.line(
            "\(waiting) messages are PENDING there. Bizgo is played for \(lifetime.components.seconds / 60) minutes; Ctrl-C"
                + " ends it. In another terminal: bizgo-reconciler check --config \(file)")
    }
}
