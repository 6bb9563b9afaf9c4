internal import Engine
internal import FoundationEssentials
internal import Operations
internal import Reconciliation

/// A configuration with its secrets, read and validated: everything that can be known without touching the database
/// or the network.
struct LoadedConfiguration: Sendable {
    var settings: Settings
    /// The provider's key, or the client's password.
    var credential: Secret
    /// The addresses of the sinks that have one, by the sink's name.
    var addresses: [String: Secret] = [:]
    /// The routing keys of `pagerduty` sinks, by the sink's name.
    var routingKeys: [String: Secret] = [:]
    /// Nil where none are sent.
    var canary: CanaryKeeper.Configuration?
    /// The sender profiles that are looked at.
    var senders: [SenderKey] = []
    /// Where heartbeats go; nil when nowhere.
    var heartbeatAddress: Secret?
    /// What may have signed webhooks.
    var webhookSecrets: [Secret] = []

    static func path(_ arguments: Arguments) -> String {
        arguments[.config] ?? Settings.defaultPath
    }

    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// For a command that neither asks the provider nor tells sinks.
    static func settings(_ arguments: Arguments) throws(CommandFailure) -> Settings {
        do throws(ConfigurationFailure) {
            let settings = try Settings.load(path: path(arguments))
            return try SecretResolver(environment: environment).unlocked(settings)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// - Throws: exit 78 with a line for each problem.
    static func load(_ arguments: Arguments) throws(CommandFailure) -> LoadedConfiguration {
        try load(atPath: path(arguments))
    }

    static func load(atPath path: String) throws(CommandFailure) -> LoadedConfiguration {
        do throws(ConfigurationFailure) {
            return try read(path)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func read(_ path: String) throws(ConfigurationFailure) -> LoadedConfiguration {
        let settings = try Settings.load(path: path)
        let resolver = SecretResolver(environment: environment)
        let inspection = resolver.inspect(settings)
        let own = [CertificateFile().problem(settings.api, in: path), crowd(settings.api, in: path)]
        let problems = own.compactMap { $0 } + inspection.problems
        guard problems.isEmpty else { throw ConfigurationFailure(problems) }
        var loaded = LoadedConfiguration(
            settings: try resolver.unlocked(settings), credential: try resolver.credential(settings.api))
        loaded.canary = try canary(settings, in: path)
        loaded.senders = try senders(settings.verify, in: path)
        loaded.heartbeatAddress = try resolver.heartbeatAddress(settings.heartbeat)
        loaded.webhookSecrets = try resolver.webhookSecrets(settings.webhook)
        for sink in settings.alerts.sinks {
            loaded.addresses[sink.name] = try resolver.address(of: sink)
            loaded.routingKeys[sink.name] = try resolver.routingKey(of: sink)
        }
        return loaded
    }

    /// - Throws: where its file cannot be read, or is no request to one telephone.
    private static func canary(
        _ settings: Settings, in path: String
    ) throws(ConfigurationFailure) -> CanaryKeeper.Configuration? {
        guard let every = settings.canary.every, let file = settings.canary.requestFile else { return nil }
        func failure(_ words: String) -> ConfigurationFailure {
            ConfigurationFailure([
                ConfigurationProblem(file: path, key: "canary.request_file", message: "\(file): \(words)")
            ])
        }
        guard settings.api.generation == .comm else {
            throw failure("no canary can be sent with api.generation \"omni\": set canary.every to null")
        }
        let body: [UInt8]
        switch InputFile.read(file) {
        case .success(let bytes): body = bytes
        case .failure(let problem): throw failure(problem.words)
        }
        do throws(SendFlaw) {
            let request = try SendRequest(body: body)
            guard request.recipients == 1 else { throw SendFlaw("expected one recipient, a telephone of yours") }
            return CanaryKeeper.Configuration(
                request: request, serviceType: SendCommands.serviceType(settings, known: request.serviceType),
                every: every, within: settings.canary.within)
        } catch {
            throw failure(error.message)
        }
    }

    /// - Throws: where their file cannot be read, or a line of it is no key.
    private static func senders(
        _ verify: Settings.Verify, in path: String
    ) throws(ConfigurationFailure) -> [SenderKey] {
        guard let file = verify.senderKeysFile else { return [] }
        func failure(_ words: String) -> ConfigurationFailure {
            ConfigurationFailure([
                ConfigurationProblem(file: path, key: "verify.sender_keys_file", message: "\(file): \(words)")
            ])
        }
        let text: String
        switch InputFile.read(file) {
        case .success(let bytes): text = String(decoding: bytes, as: UTF8.self)
        case .failure(let problem): throw failure(problem.words)
        }
        var keys: [SenderKey] = []
        for (number, line) in text.split(whereSeparator: \.isNewline).enumerated() {
            guard let key = SenderKey(String(line)) else {
                throw failure("line \(number + 1) is no sender key: expected one a line, without spaces")
            }
            if !keys.contains(key) { keys.append(key) }
        }
        return keys
    }

    /// Whether there are descriptors for so many requests.
    private static func crowd(_ api: Settings.Api, in path: String) -> ConfigurationProblem? {
        DescriptorLimit.obstacle(maxInFlight: api.maxInFlight).map {
            ConfigurationProblem(file: path, key: "api.max_in_flight", message: $0)
        }
    }

    var metricsFile: AtomicFile? { settings.metrics.textfile.map { AtomicFile(path: $0) } }

    /// - Throws: exit 78 when the metrics' file could not be written as things are.
    func checkMetricsFile() throws(CommandFailure) {
        do throws(AtomicFile.Failure) {
            try metricsFile?.check()
        } catch {
            throw CommandFailure(.configuration, "metrics.textfile: \(error.message)")
        }
    }
}
