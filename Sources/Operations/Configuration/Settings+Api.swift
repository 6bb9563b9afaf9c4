package import Reconciliation

extension Settings {
    /// The provider, and how hard it may be asked.
    package struct Api: Sendable, Equatable {
        package var generation = Generation.comm
        /// Without a `/` at its end.
        package var baseURL = Generation.comm.defaultBaseURL
        /// `comm`: where the key is, before anything else that could hold it.
        package var keyFile: String?
        package var clientID: String?
        package var clientPasswordFile: String?
        package var reportMethod = ReportMethod.webhook
        package var requestsPerSecond = 4.0
        package var burst = 4.0
        package var maxInFlight = 4
        package var connectTimeout = Duration.seconds(5)
        package var timeout = Duration.seconds(30)
        /// Certificates to trust instead of the system's.
        package var caFile: String?
        /// May hold a password.
        package var proxy: Secret?

        /// Whether reports are fetched from the provider.
        package var polls: Bool { reportMethod == .polling }
    }

    /// Which of the provider's APIs is spoken.
    package enum Generation: String, Sendable, CaseIterable {
        case comm, omni

        package var defaultBaseURL: String {
            switch self {
            case .comm: "https://mars.ibapi.kr"
            case .omni: "https://omni.ibapi.kr"
            }
        }
    }

    /// What the provider's console says for the key.
    package enum ReportMethod: String, Sendable, CaseIterable {
        case webhook, polling
    }
}

extension Settings.Api {
    init(_ reader: ObjectReader) {
        generation = reader.choice("generation", otherwise: generation)
        baseURL = reader.value("base_url", otherwise: generation.defaultBaseURL, hidden: true) {
            value throws(Refusal) in
            guard case .string(var text) = value else { throw .expected("an https:// URL") }
            _ = try WebAddress.ofProvider(text)
            while text.hasSuffix("/") { text.removeLast() }
            return text
        }
        keyFile = reader.optionalFile("key_file", hidden: true)
        clientID = reader.optional("client_id", otherwise: nil, hidden: true) { value throws(Refusal) in
            guard case .string(let text) = value, SecretResolver.isToken(text) else {
                throw .expected("visible ASCII characters")
            }
            return text
        }
        clientPasswordFile = reader.optionalFile("client_password_file", hidden: true)
        reportMethod = reader.choice("report_method", otherwise: reportMethod)
        requestsPerSecond = reader.number("requests_per_second", otherwise: requestsPerSecond, "a positive number") {
            $0 > 0
        }
        burst = reader.number("burst", otherwise: burst, "a positive number") { $0 > 0 }
        maxInFlight = reader.integer("max_in_flight", otherwise: maxInFlight, in: 1...10_000)
        connectTimeout = reader.duration("connect_timeout", otherwise: connectTimeout)
        timeout = reader.duration("timeout", otherwise: timeout)
        caFile = reader.optionalFile("ca_file")
        proxy = reader.optional("proxy", otherwise: nil, hidden: true) { value throws(Refusal) in
            guard case .string(let text) = value else { throw .expected("the URL of a proxy") }
            _ = try WebAddress.ofProxy(text)
            return Secret(text)
        }
        if generation == .omni {
            for key in ["client_id", "client_password_file"] where !reader.isGiven(key) {
                reader.problem(key, "missing; generation \"omni\" needs it")
            }
        }
        reader.finish()
    }
}
