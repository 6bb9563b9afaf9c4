internal import Alerting
internal import CurlTransport
internal import Engine
internal import Glibc
internal import Ledger
internal import Operations
internal import Reconciliation

/// The configured alert sinks.
@Loop
struct Sinks {
    /// For one delivery: long enough for a slow receiver, short enough for the shutdown.
    private static let timeout = Duration.seconds(10)

    let all: [any AlertSink]
    /// Of those with an address.
    let transport: CurlTransport

    init(_ setup: Setup, log: any Log, time: any Timekeeper) {
        let transport = Self.transport(setup)
        self.transport = transport
        all = setup.settings.alerts.sinks.map { Self.make($0, setup, log, transport, time) }
    }

    /// What sinks are told over: the provider's proxy, for there may be no other way out, but not to this host.
    static func transport(_ setup: Setup) -> CurlTransport {
        CurlTransport(
            CurlTransport.Configuration(
                userAgent: "bizgo-reconciler/\(Version.current)", connectTimeout: .seconds(5), timeout: timeout,
                proxy: setup.settings.api.proxy?.reveal(), sparesLoopback: true))
    }

    private static func make(
        _ sink: Settings.Sink, _ setup: Setup, _ log: any Log, _ transport: any HTTPTransport, _ time: any Timekeeper
    ) -> any AlertSink {
        let name = sink.name
        let severity = AlertSeverity(sink.minimumSeverity)
        let url = setup.addresses[name]?.reveal()
        switch sink.kind {
        case .log:
            return LogSink(name: name, minimumSeverity: severity, log: log)
        case .slack:
            return SlackSink(
                name: name, minimumSeverity: severity, url: url ?? "", transport: transport, time: time)
        case .jandi:
            return JandiSink(
                name: name, minimumSeverity: severity, url: url ?? "", transport: transport, time: time)
        case .webhook:
            return WebhookSink(
                name: name, minimumSeverity: severity, url: url ?? "", transport: transport, time: time)
        case .alertmanager:
            return AlertmanagerSink(
                name: name, minimumSeverity: severity, url: url ?? "",
                refreshEvery: setup.settings.alertRules.refreshEvery, transport: transport, time: time)
        case .pagerduty:
            return PagerDutySink(
                name: name, minimumSeverity: severity, routingKey: setup.routingKeys[name]?.reveal() ?? "",
                url: url ?? PagerDutySink.address, transport: transport, time: time)
        case .command(let arguments):
            return CommandSink(name: name, minimumSeverity: severity, arguments: arguments)
        }
    }

    static func identity(_ settings: Settings) -> DeskIdentity {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return DeskIdentity(
            host: host, version: Version.current, language: AlertLanguage(settings.alerts.language),
            zone: settings.zone)
    }
}

extension AlertLanguage {
    init(_ language: Settings.Language) {
        self =
            switch language {
            case .english: .english
            case .korean: .korean
            }
    }
}
