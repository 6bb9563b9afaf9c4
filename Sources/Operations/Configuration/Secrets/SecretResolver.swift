/// Fetches secrets from files, systemd credentials and the environment. What it throws names the place and the remedy,
/// never the content.
package struct SecretResolver: Sendable {
    package static let keyVariable = "BIZGO_API_KEY"
    package static let keyCredential = "api-key"

    let environment: [String: String]
    let files: FileReader

    package init(environment: [String: String], files: FileReader = .system) {
        self.environment = environment
        self.files = files
    }

    /// Where the key is: `api.key_file`, else the environment, else the credential; nil when nowhere.
    package func apiKeyOrigin(_ api: Settings.Api) -> SecretOrigin? {
        if let file = api.keyFile { return .file(path: file) }
        if environment[Self.keyVariable] != nil { return .environment(variable: Self.keyVariable) }
        guard let directory = credentialsDirectory else { return nil }
        let path = "\(directory)/\(Self.keyCredential)"
        if case .failure(let failure) = files.read(path), failure.isMissing { return nil }
        return .credential(path: path)
    }

    /// What the provider lets us in for: the key of generation `comm`, the client's password of `omni`.
    package func credential(_ api: Settings.Api) throws(ConfigurationFailure) -> Secret {
        switch api.generation {
        case .comm: try apiKey(api)
        case .omni: try clientPassword(api)
        }
    }

    /// The key of generation `comm`.
    package func apiKey(_ api: Settings.Api) throws(ConfigurationFailure) -> Secret {
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
    package func clientPassword(_ api: Settings.Api) throws(ConfigurationFailure) -> Secret {
        guard let path = api.clientPasswordFile else {
            throw failure("api.client_password_file", "missing; generation \"omni\" needs it")
        }
        return try token(inFile: path, key: "api.client_password_file")
    }

    /// The address of a sink, for those that have one.
    package func address(of sink: Settings.Sink) throws(ConfigurationFailure) -> Secret? {
        switch sink.kind.address {
        case nil: return nil
        case .inline(let url): return url
        case .file(let path):
            return try address(
                inFile: path, key: key(of: sink, "url_file"), allowsPlainHTTP: sink.kind.allowsPlainHTTP,
                takesPassword: sink.kind.takesPassword
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

    /// What the provider accepts as a key: visible ASCII, at least one character, no white space.
    package static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    func key(of sink: Settings.Sink, _ key: String) -> String {
        "alerts.sinks[\(ConfigValue.quoted(sink.name))].\(key)"
    }

    func failure(_ key: String, _ message: String) -> ConfigurationFailure {
        ConfigurationFailure([ConfigurationProblem(key: key, message: message)])
    }
}
