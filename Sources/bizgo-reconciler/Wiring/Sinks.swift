internal import Alerting
internal import Engine
internal import Glibc
internal import HTTP
internal import Operations
internal import Reconciliation

/// The configured alert sinks.
@EventLoop
struct Sinks {
    /// For one delivery: long enough for a slow receiver, short enough for the shutdown.
    private static let timeout = Duration.seconds(10)

    let all: [any AlertSink]
    /// Of those with an address.
    let transport: CurlTransport

    init(_ loaded: LoadedConfiguration, log: any Log, time: any Timekeeper) {
        let transport = Self.transport(loaded)
        self.transport = transport
        all = loaded.settings.alerts.sinks.map { Self.make($0, loaded, log, transport, time) }
    }

    /// What sinks are told over: the provider's proxy, for there may be no other way out, but not to this host.
    static func transport(_ loaded: LoadedConfiguration) -> CurlTransport {
        CurlTransport(
            CurlTransport.Configuration(
                userAgent: "bizgo-reconciler/\(Version.current)", connectTimeout: .seconds(5), timeout: timeout,
                proxy: loaded.settings.api.proxy?.reveal(), sparesLoopback: true))
    }

    private static func make(
        _ sink: Settings.Sink, _ loaded: LoadedConfiguration, _ log: any Log, _ transport: any HTTPTransport,
        _ time: any Timekeeper
    ) -> any AlertSink {
        let name = sink.name
        func http(_ payload: HTTPPayload) -> HTTPSink {
            HTTPSink(
                payload, name: name, minimumSeverity: sink.minimumSeverity, url: loaded.addresses[name]?.reveal(),
                transport: transport, time: time)
        }
        return switch sink.kind {
        case .log: LogSink(name: name, minimumSeverity: sink.minimumSeverity, log: log)
        case .slack: http(.slack)
        case .jandi: http(.jandi)
        case .webhook: http(.webhook)
        case .alertmanager: http(.alertmanager(refreshEvery: loaded.settings.alerts.rules.refreshEvery))
        case .pagerduty: http(.pagerDuty(routingKey: loaded.routingKeys[name]?.reveal() ?? ""))
        case .command(let arguments):
            CommandSink(name: name, minimumSeverity: sink.minimumSeverity, arguments: arguments)
        }
    }
}

/// Of the machine that this runs on.
enum HostName {
    static let own: String = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()
}

extension Sender {
    /// This process, as it is configured.
    init(_ settings: Settings) {
        self.init(host: HostName.own, version: Version.current, language: settings.alerts.language, zone: settings.zone)
    }
}
