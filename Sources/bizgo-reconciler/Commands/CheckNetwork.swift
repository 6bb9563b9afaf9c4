internal import Alerting
internal import BizgoAPI
internal import Engine
internal import HTTP
internal import Operations
internal import Reconciliation

// What only the others know.
extension CheckReport {
    mutating func provider(_ loaded: LoadedConfiguration) async {
        let api = loaded.settings.api
        let provider = BizgoProvider(loaded, time: SystemTime())
        do throws(QuestionFailure) {
            try await provider.obtainAccess()
            try await provider.probe()
        } catch {
            return wrong(api.baseURL, error)
        }
        fine("provider", "\(api.baseURL) answers and takes \(api.generation.credentialName)")
        if loaded.settings.api.polls { await polling(provider, api.baseURL) }
    }

    /// A batch that is not acknowledged comes again: looking takes nothing away.
    private mutating func polling(_ provider: BizgoProvider, _ address: String) async {
        do throws(QuestionFailure) {
            let count = try await provider.poll()?.entries.count ?? 0
            fine("provider", "reports may be polled; the first batch holds \(count)")
        } catch {
            wrong("\(address), report/polling", error)
        }
    }

    private mutating func wrong(_ address: String, _ failure: QuestionFailure) {
        let transaction = failure.transactionID.map { " (infobankTrId \($0))" } ?? ""
        wrong("provider", "\(address): \(failure.detail)\(transaction)", .unavailable)
    }

    mutating func sinks(_ loaded: LoadedConfiguration) async {
        let transport = Sinks.transport(loaded)
        for sink in loaded.settings.alerts.sinks {
            tell(sink, await SinkReach.of(sink, address: loaded.addresses[sink.name]?.reveal(), over: transport))
        }
    }

    /// A ping would say that the daemon works, so none is sent.
    mutating func heartbeat(_ loaded: LoadedConfiguration) async {
        guard let url = loaded.heartbeatAddress?.reveal() else { return }
        let request = HTTPRequest(to: Heartbeat.Address(url).harmless, timeout: Heartbeat.timeout)
        do throws(TransportError) {
            let status = try await Sinks.transport(loaded).send(request).status
            fine("heartbeat", "its server answers (HTTP \(status)); nothing was pinged")
        } catch {
            wrong("heartbeat", "its server cannot be reached: \(error.detail)")
        }
    }
}

extension BizgoProvider {
    /// Asks about no message: a "no" is as good as an answer.
    fileprivate func probe() async throws(QuestionFailure) {
        do throws(QuestionFailure) {
            _ = try await ask(.reports(.probe))
        } catch {
            guard error.kind == .rejected else { throw error }
        }
    }
}

extension Settings.Generation {
    fileprivate var credentialName: String {
        switch self {
        case .comm: "the key"
        case .omni: "the client's id and password"
        }
    }
}

/// Whether a sink could be told something, found out without telling it anything.
@EventLoop
enum SinkReach {
    struct Problem: Error {
        var text: String
    }

    static func of(
        _ sink: Settings.Sink, address: String?, over transport: any HTTPTransport
    ) async -> Result<String, Problem> {
        if let program = program(of: sink) { return program }
        guard let address = question(to: sink, at: address) else { return .success("needs no address") }
        do throws(TransportError) {
            // A GET, which no receiver of alerts takes for one.
            let status = try await transport.send(HTTPRequest(to: address)).status
            return isRight(status, for: sink)
                ? .success("its address answers (HTTP \(status))")
                : .failure(Problem(text: "no Alertmanager answers (HTTP \(status)): url is the address before /api"))
        } catch {
            return .failure(Problem(text: "its address cannot be reached: \(error.detail)"))
        }
    }

    private static func question(to sink: Settings.Sink, at address: String?) -> String? {
        switch sink.kind {
        case .alertmanager: address.map { HTTPPayload.alertmanagerAddress("status", below: $0) }
        case .pagerduty: address ?? HTTPPayload.pagerDutyAddress
        default: address
        }
    }

    /// Any answer will do where only a POST means anything; an Alertmanager has a page that says that it is one.
    private static func isRight(_ status: Int, for sink: Settings.Sink) -> Bool {
        if case .alertmanager = sink.kind { 200..<300 ~= status } else { true }
    }

    /// Whether the program of a `command` sink could be started; nil for other sinks.
    static func program(of sink: Settings.Sink) -> Result<String, Problem>? {
        guard case .command(let arguments) = sink.kind else { return nil }
        let name = arguments.first ?? ""
        if let path = ProgramSearch.find(name, path: LoadedConfiguration.environment["PATH"]) {
            return .success("\(path) may be run")
        }
        guard name.contains("/") else {
            return .failure(Problem(text: "no program \(name) on the PATH: give its path in argv"))
        }
        return .failure(Problem(text: "\(name) is no file that may be run: mend argv or `chmod +x` it"))
    }
}
