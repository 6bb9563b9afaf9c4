internal import Ledger
package import Reconciliation

/// Fetches secrets from files, systemd credentials and the environment. What it throws names the place and the remedy,
/// never the content.
package struct SecretResolver: Sendable {
    private static let keyVariable = "BIZGO_API_KEY"
    private static let keyCredential = "api-key"
    private static let databaseCredential = "store-password"

    private let environment: [String: String]
    private let files: FileReader

    package init(environment: [String: String]) {
        self.init(environment: environment, files: .system)
    }

    init(environment: [String: String], files: FileReader) {
        self.environment = environment
        self.files = files
    }

    /// Where the key is: `api.key_file`, else the environment, else the credential; nil when nowhere.
    func apiKeyOrigin(_ api: Settings.Api) -> SecretOrigin? {
        if let file = api.keyFile { return .file(path: file) }
        if environment[Self.keyVariable] != nil { return .environment(variable: Self.keyVariable) }
        return credential(Self.keyCredential).map { .credential(path: $0) }
    }

    /// Where a credential of systemd's is; nil where there is none of that name.
    private func credential(_ name: String) -> String? {
        guard let directory = credentialsDirectory else { return nil }
        let path = "\(directory)/\(name)"
        if case .failure(let failure) = files.read(path), failure.isMissing { return nil }
        return path
    }

    /// What the provider lets us in for: the key of generation `comm`, the client's password of `omni`.
    package func credential(_ api: Settings.Api) throws(ConfigurationFailure) -> Secret {
        switch api.generation {
        case .comm: try apiKey(api)
        case .omni: try clientPassword(api)
        }
    }

    /// The key of generation `comm`.
    func apiKey(_ api: Settings.Api) throws(ConfigurationFailure) -> Secret {
        switch apiKeyOrigin(api) {
        case .file(let path):
            return try token(inFile: path, key: "api.key_file")
        case .credential(let path):
            return try token(inFile: path, key: "credential \(Self.keyCredential)")
        case .environment(let variable):
            let value = environment[variable] ?? ""
            try requireToken(value, key: "api", place: "the environment variable \(variable)")
            return Secret(value)
        case nil:
            throw failure(
                "api.key_file",
                "no API key: name its file here, or set \(Self.keyVariable), "
                    + "or give the service the systemd credential \"\(Self.keyCredential)\"")
        }
    }

    /// The password of generation `omni`.
    func clientPassword(_ api: Settings.Api) throws(ConfigurationFailure) -> Secret {
        guard let path = api.clientPasswordFile else {
            throw failure("api.client_password_file", "missing; generation \"omni\" needs it")
        }
        return try token(inFile: path, key: "api.client_password_file")
    }

    /// The configuration with what the database's server lets us in for: `store.password_file`, else the credential.
    /// Without either the server is asked to let us in as we are.
    package func unlocked(_ settings: Settings) throws(ConfigurationFailure) -> Settings {
        guard case .server(let place) = settings.store.place else { return settings }
        var server = place
        if let path = settings.databasePasswordFile {
            server.password = try token(inFile: path, key: "store.password_file")
        } else if let path = credential(Self.databaseCredential) {
            server.password = try token(inFile: path, key: "credential \(Self.databaseCredential)")
        }
        var unlocked = settings
        unlocked.store.place = .server(server)
        return unlocked
    }

    /// The address of a sink, for those that have one.
    package func address(of sink: Settings.Sink) throws(ConfigurationFailure) -> Secret? {
        switch sink.kind.address {
        case nil: return nil
        case .inline(let url): return url
        case .file(let path):
            return try address(
                inFile: path, key: key(of: sink, "url_file"), allowsPlainHTTP: sink.kind.isOwn,
                takesPassword: sink.kind.isOwn
            ).secret
        }
    }

    /// The routing key of a `pagerduty` sink; nil for others.
    package func routingKey(of sink: Settings.Sink) throws(ConfigurationFailure) -> Secret? {
        guard case .pagerduty(let path, _) = sink.kind else { return nil }
        return try token(inFile: path, key: key(of: sink, "routing_key_file"))
    }

    /// The address that heartbeats go to, if any.
    package func heartbeatAddress(_ heartbeat: Settings.Heartbeat) throws(ConfigurationFailure) -> Secret? {
        guard let path = heartbeat.urlFile else { return nil }
        return try address(
            inFile: path, key: "heartbeat.url_file", allowsPlainHTTP: false, takesPassword: true
        ).secret
    }

    /// What may have signed webhooks.
    package func webhookSecrets(_ webhook: Settings.Webhook) throws(ConfigurationFailure) -> [Secret] {
        var secrets: [Secret] = []
        for (index, path) in webhook.secretFiles.enumerated() {
            secrets.append(try token(inFile: path, key: "webhook.secret_files[\(index)]"))
        }
        return secrets
    }

    /// What the provider accepts as a key: visible ASCII, at least one character, no white space.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    private func key(of sink: Settings.Sink, _ key: String) -> String {
        "alerts.sinks[\(ConfigValue.quoted(sink.name))].\(key)"
    }

    private func failure(_ key: String, _ message: String) -> ConfigurationFailure {
        ConfigurationFailure([ConfigurationProblem(key: key, message: message)])
    }
}

extension SecretResolver {
    /// The token that is all there is in a file.
    private func token(inFile path: String, key: String) throws(ConfigurationFailure) -> Secret {
        let text = try text(inFile: path, key: key)
        try requireToken(text, key: key, place: shown(path))
        return Secret(text)
    }

    /// The URL that is all there is in a file.
    private func address(
        inFile path: String, key: String, allowsPlainHTTP: Bool, takesPassword: Bool
    ) throws(ConfigurationFailure) -> (secret: Secret, isReadableOnTheWay: Bool) {
        let text = try text(inFile: path, key: key)
        try requireToken(text, key: key, place: shown(path))
        do throws(Refusal) {
            let address = try WebAddress.ofSink(
                text, allowsPlainHTTP: allowsPlainHTTP, takesPassword: takesPassword)
            return (Secret(text), address.isReadableOnTheWay)
        } catch {
            switch error {
            case .because(let message): throw failure(key, "in \(shown(path)): \(message)")
            case .expected(let what): throw failure(key, "in \(shown(path)): expected \(what)")
            }
        }
    }

    private func requireToken(_ text: String, key: String, place: String) throws(ConfigurationFailure) {
        if text.isEmpty { throw failure(key, "\(place) is empty; put the secret there") }
        guard Self.isToken(text) else {
            throw failure(
                key,
                "\(place) has white space or other characters that no secret has (visible ASCII only, "
                    + "one line end at the end of a file aside); write it again without them")
        }
    }

    private var credentialsDirectory: String? {
        guard var directory = environment["CREDENTIALS_DIRECTORY"], directory.hasPrefix("/") else { return nil }
        while directory.hasSuffix("/") { directory.removeLast() }
        return directory.isEmpty ? nil : directory
    }

    /// The file's text less one line end.
    private func text(inFile path: String, key: String) throws(ConfigurationFailure) -> String {
        let content: FileContent
        switch files.read(path) {
        case .success(let read): content = read
        case .failure(let reason):
            let remedy =
                reason.isMissing
                ? "create it, readable by the service's user only"
                : "make it a file that the service's user can read"
            throw failure(key, "cannot read \(shown(path)): \(reason); \(remedy)")
        }
        guard content.mode & 0o077 == 0 || isSystemdCredential(path, content) else {
            throw failure(
                key,
                "\(shown(path)) is open to other users (mode \(octal(content.mode))); chmod 600 it, "
                    + "and think of a new secret if others have been here")
        }
        var bytes = content.bytes[...]
        if bytes.last == 0x0a {
            bytes.removeLast()
            if bytes.last == 0x0d { bytes.removeLast() }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure(key, "\(shown(path)) is not text; a secret is visible ASCII")
        }
        return text
    }

    /// systemd makes them root's, and readable to the service through an access list that shows as group permission.
    private func isSystemdCredential(_ path: String, _ content: FileContent) -> Bool {
        guard let directory = credentialsDirectory, path.hasPrefix("\(directory)/") else { return false }
        guard !path.split(separator: "/").contains("..") else { return false }
        return content.owner == 0 && [0o400, 0o440].contains(content.mode)
    }

    /// A path for a message. What does not look like a path may be the secret itself, put there by mistake.
    private func shown(_ path: String) -> String {
        let isPath = path.hasPrefix("/") || path.hasPrefix("./") || path.hasPrefix("../")
        return isPath ? ConfigValue.oneLine(path) : "the file it names"
    }

    private func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

extension SecretResolver {
    /// Everything that `check` has to say about the secrets that `settings` need.
    package struct Inspection: Sendable, Equatable {
        package var problems: [ConfigurationProblem] = []
        package var warnings: [ConfigurationProblem] = []
    }

    /// Fetches every secret once, and forgets it.
    package func inspect(_ settings: Settings) -> Inspection {
        var inspection = Inspection()
        inspection.attempt { () throws(ConfigurationFailure) in _ = try credential(settings.api) }
        inspection.attempt { () throws(ConfigurationFailure) in _ = try unlocked(settings) }
        for sink in settings.alerts.sinks {
            inspection.attempt { () throws(ConfigurationFailure) in _ = try routingKey(of: sink) }
            guard case .file(let path) = sink.kind.address else { continue }
            let key = key(of: sink, "url_file")
            var isReadableOnTheWay = false
            inspection.attempt { () throws(ConfigurationFailure) in
                isReadableOnTheWay = try address(
                    inFile: path, key: key, allowsPlainHTTP: sink.kind.isOwn, takesPassword: sink.kind.isOwn
                ).isReadableOnTheWay
            }
            if isReadableOnTheWay {
                inspection.warnings.append(
                    ConfigurationProblem(key: key, message: "http: alerts can be read and changed on their way"))
            }
        }
        inspection.attempt { () throws(ConfigurationFailure) in _ = try heartbeatAddress(settings.heartbeat) }
        inspection.attempt { () throws(ConfigurationFailure) in _ = try webhookSecrets(settings.webhook) }
        return inspection
    }
}

extension SecretResolver.Inspection {
    fileprivate mutating func attempt(_ body: () throws(ConfigurationFailure) -> Void) {
        do throws(ConfigurationFailure) { try body() } catch { problems += error.problems }
    }
}

/// Where a secret comes from.
enum SecretOrigin: Sendable, Equatable {
    case file(path: String)
    case environment(variable: String)
    /// A credential of systemd's.
    case credential(path: String)
}
