internal import Alerting
internal import Configuration
internal import CurlTransport
internal import Engine
internal import Glibc
internal import Ledger
internal import Reconciliation

/// The configured alert sinks.
@Loop
struct Sinks {
    /// For one delivery: long enough for a slow receiver, short enough for the shutdown.
    private static let timeout = Duration.seconds(10)

    let all: [any AlertSink]

    init(_ setup: Setup, log: any Log, time: any Timekeeper) {
        let transport = CurlTransport(
            CurlTransport.Configuration(
                userAgent: "bizgo-reconciler/\(Version.current)", connectTimeout: .seconds(5), timeout: Self.timeout,
                proxy: setup.settings.api.proxy?.reveal()))
        var sinks: [any AlertSink] = []
        for sink in setup.settings.alerts.sinks {
            let severity = AlertSeverity(sink.minimumSeverity)
            let address = setup.addresses[sink.name]?.reveal() ?? ""
            switch sink.kind {
            case .log:
                sinks.append(LogSink(name: sink.name, minimumSeverity: severity, log: log))
            case .webhook:
                sinks.append(
                    WebhookSink(
                        name: sink.name, minimumSeverity: severity, url: address, transport: transport, time: time))
            case .slack:
                sinks.append(
                    SlackSink(
                        name: sink.name, minimumSeverity: severity, url: address, transport: transport, time: time))
            case .command(let arguments):
                sinks.append(CommandSink(name: sink.name, minimumSeverity: severity, arguments: arguments))
            case .jandi, .alertmanager, .pagerduty:
                continue  // accepted and validated; `check` says that they have no effect yet
            }
        }
        all = sinks
    }

    static var identity: DeskIdentity {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return DeskIdentity(host: host, version: Version.current)
    }
}

extension AlertDesk: AlertTeller {
    package func drain() async {
        await drain(within: .seconds(10))
    }
}
