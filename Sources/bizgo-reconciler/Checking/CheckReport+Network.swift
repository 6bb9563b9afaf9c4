internal import BizgoAPI
internal import CurlTransport
internal import Engine
internal import Operations
internal import Reconciliation

// What only the others know.
extension CheckReport {
    mutating func provider(_ setup: Setup) async {
        let api = setup.settings.api
        let provider = BizgoProvider(setup, time: SystemTime())
        do throws(QuestionFailure) {
            try await provider.obtainAccess()
            try await provider.probe()
        } catch {
            return wrong(api.baseURL, error)
        }
        fine("provider", "\(api.baseURL) answers and takes \(api.generation.credentialName)")
        if setup.settings.polls { await polling(provider, api.baseURL) }
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

    mutating func sinks(_ setup: Setup) async {
        let transport = Sinks.transport(setup)
        for sink in setup.settings.alerts.sinks {
            tell(sink, await SinkReach.of(sink, address: setup.addresses[sink.name]?.reveal(), over: transport))
        }
    }

    /// A ping would say that the daemon works, so none is sent.
    mutating func heartbeat(_ setup: Setup) async {
        guard let url = setup.heartbeatAddress?.reveal() else { return }
        let request = HTTPRequest(to: Heartbeat.Address(url).harmless, timeout: Heartbeat.timeout)
        do throws(TransportError) {
            let status = try await Sinks.transport(setup).send(request).status
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
