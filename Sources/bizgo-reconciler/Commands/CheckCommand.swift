internal import BizgoAPI
internal import Configuration
internal import CurlTransport
internal import Engine
internal import Ledger
internal import Observability
internal import Reconciliation

/// Whether the daemon could work: what is fine goes to stdout, what is not to stderr.
@Loop
struct CheckCommand {
    private var worst = ExitCode.ok

    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        var check = CheckCommand()
        let setup = try Setup.load(arguments)
        check.configuration(setup, Setup.path(arguments))
        await check.store(setup.settings)
        check.metrics(setup)
        check.statusPage(setup.settings)
        if arguments.has("offline") {
            check.programs(setup)
        } else {
            await check.provider(setup)
            await check.sinks(setup)
            await check.heartbeat(setup)
        }
        return check.worst
    }

    private func fine(_ part: String, _ text: String) {
        Terminal.line("ok    \(part): \(text)")
    }

    private func note(_ part: String, _ text: String) {
        Terminal.line("note  \(part): \(text)")
    }

    private mutating func wrong(_ part: String, _ text: String, _ code: ExitCode) {
        Terminal.error("\(part): \(text)")
        if worst != .configuration { worst = code }
    }

    private func configuration(_ setup: Setup, _ path: String) {
        fine("configuration", path)
        let inspection = SecretResolver(environment: Setup.environment).inspect(setup.settings)
        for warning in setup.settings.warnings + inspection.warnings { note("configuration", warning.description) }
    }

    private mutating func store(_ settings: Settings) async {
        do throws(LedgerError) {
            let ledger = try SQLiteLedger.open(
                settings.ledger(rules: settings.alertRules, findsByKey: settings.polls), mode: .readOnly)
            let version = try await ledger.schemaVersion()
            fine(
                "store",
                "\(settings.store.path), table \(settings.store.table), "
                    + (version.map { "reconciler tables of version \($0)" } ?? "the reconciler has not been here yet"))
            if ledger.duePlan == .tableWalk {
                note(
                    "store",
                    "no index helps to find pending rows: every cycle walks the table; store.create_index: true mends that"
                )
            }
            await ledger.close()
            try SQLiteLedger.checkWritable(settings.store.path)
        } catch {
            wrong("store", error.message, CommandFailure(error).code)
        }
    }

    private mutating func metrics(_ setup: Setup) {
        guard let path = setup.settings.metrics.textfile else { return }
        do throws(CommandFailure) {
            try setup.checkMetricsFile()
        } catch {
            return wrong("metrics", error.lines.joined(separator: "; "), .configuration)
        }
        fine("metrics", "\(path) may be written")
        if !path.hasSuffix(".prom") {
            note("metrics", "node_exporter reads only files whose names end in .prom; this one does not")
        }
    }

    private mutating func statusPage(_ settings: Settings) {
        guard let path = settings.statusPage.file else { return }
        do throws(ReplacedFile.Failure) {
            try ReplacedFile(path: path).check()
            fine("status page", path)
        } catch {
            wrong("status page", error.message, .configuration)
        }
    }

    private mutating func provider(_ setup: Setup) async {
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

    private mutating func sinks(_ setup: Setup) async {
        let transport = Sinks.transport(setup)
        for sink in setup.settings.alerts.sinks {
            tell(sink, await SinkReach.of(sink, address: setup.addresses[sink.name]?.reveal(), over: transport))
        }
    }

    /// A ping would say that the daemon works, so none is sent.
    private mutating func heartbeat(_ setup: Setup) async {
        guard let url = setup.heartbeatAddress?.reveal() else { return }
        let request = HTTPRequest(url: Heartbeat.Address(url).harmless, timeout: Heartbeat.timeout)
        do throws(TransportError) {
            let status = try await Sinks.transport(setup).send(request).status
            fine("heartbeat", "its server answers (HTTP \(status)); nothing was pinged")
        } catch {
            wrong("heartbeat", "its server cannot be reached: \(error.detail)", .configuration)
        }
    }

    /// What can be known of the sinks without the network.
    private mutating func programs(_ setup: Setup) {
        for sink in setup.settings.alerts.sinks {
            if let result = SinkReach.program(of: sink) { tell(sink, result) }
        }
    }

    private mutating func tell(_ sink: Settings.Sink, _ result: Result<String, SinkReach.Problem>) {
        switch result {
        case .success(let text): fine("sink \(sink.name)", text)
        case .failure(let problem): wrong("sink \(sink.name)", problem.text, .configuration)
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
