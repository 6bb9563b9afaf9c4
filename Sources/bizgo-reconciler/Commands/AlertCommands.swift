internal import Alerting
internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// `ack` and `alert-test`.
@EventLoop
enum AlertCommands {
    /// Silences what fires until it resolves. The daemon, which may be running, reads it with its next look at the alerts.
    static func acknowledge(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let words = try AlertWords(arguments)
        let settings = try LoadedConfiguration.settings(arguments)
        let alerts = try await withLedger(settings, .readWrite) { ledger throws(LedgerError) in
            try await ledger.acknowledge(words.name, labels: words.labels, at: SystemTime().now)
        }
        guard !alerts.isEmpty else {
            let meant = AlertIdentity(words.name, labels: words.labels).dedupKey
            throw CommandFailure(
                .negative, "ack: no alert \(meant) fires: `bizgo-reconciler status` lists those that do")
        }
        for alert in alerts { Terminal.line(line(alert)) }
        return .ok
    }

    private static func line(_ alert: Alert) -> String {
        let key = alert.identity.dedupKey
        return alert.isAcknowledged ? "\(key) was acknowledged before" : "\(key) is silent until it resolves"
    }

    /// Tells one sink, or all, something that is plainly a test.
    static func test(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let loaded = try LoadedConfiguration.load(arguments)
        let log = LineLog(loaded.settings.log)
        defer { log.finish() }
        let time = SystemTime()
        let sinks = try chosen(from: Sinks(loaded, log: log, time: time).all, arguments.operands.first)
        let identity = Sender(loaded.settings)
        var failures: [String] = []
        var takers: [String] = []
        for sink in sinks {
            let failure = await SinkTest.tell(sink, by: identity, at: time.now)
            log.finish()
            if let failure {
                failures.append(problem(sink.name, failure.detail, isPermanent: failure.isPermanent))
            } else {
                takers.append(sink.name)
                Terminal.line("ok    sink \(sink.name): took the test")
            }
        }
        await noteSuccess(of: takers, loaded.settings, at: time.now)
        guard failures.isEmpty else { throw CommandFailure(.inputOutput, lines: failures) }
        return .ok
    }

    /// A sink that took the test takes alerts: what fires about it is over. A daemon reads that with its next look at the
    /// alerts. Where the database cannot be used it is over with the next alert that the sink takes.
    private static func noteSuccess(of sinks: [String], _ settings: Settings, at now: Timestamp) async {
        let takers = sinks.map { AlertIdentity.sinkFailing($0) }
        let alerts = try? await withLedger(settings, .readOnly) { ledger throws(LedgerError) in
            try await ledger.alerts(at: now).alerts
        }
        let over = (alerts ?? []).filter { $0.isFiring && takers.contains($0.identity) }
        guard !over.isEmpty else { return }
        try? await withLedger(settings, .readWrite) { ledger throws(LedgerError) in
            try await ledger.observe(over.map { .over($0.identity) }, at: now)
        }
    }

    private static func chosen(
        from sinks: [any AlertSink], _ name: String?
    ) throws(CommandFailure) -> [any AlertSink] {
        guard !sinks.isEmpty else { throw CommandFailure(.negative, "alert-test: alerts.sinks is empty: add one") }
        guard let name else { return sinks }
        guard let sink = sinks.first(where: { $0.name == name }) else {
            let names = sinks.map(\.name).joined(separator: ", ")
            throw CommandFailure(.negative, "alert-test: there is no sink `\(name)`; there are \(names)")
        }
        return [sink]
    }

    private static func problem(_ name: String, _ detail: String, isPermanent: Bool) -> String {
        let remedy =
            isPermanent
            ? "trying again will not help: check its address, key or program in the configuration"
            : "check that its receiver is up and can be reached from here, then try again"
        return "alert-test: sink \(name) did not take the test: \(detail): \(remedy)"
    }
}
