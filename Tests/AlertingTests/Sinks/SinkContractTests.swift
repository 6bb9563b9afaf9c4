import Engine
import Glibc
import Reconciliation
import Support
import Testing

@testable import Alerting

/// What every sink must do, whoever is behind it.
@EventLoop
struct SinkContractTests {
    enum Kind: CaseIterable, Sendable {
        case log, slack, jandi, webhook, alertmanager, pagerDuty, command

        /// Nil for a sink without an address.
        var payload: HTTPPayload? {
            switch self {
            case .slack: .slack
            case .jandi: .jandi
            case .webhook: .webhook
            case .alertmanager: .alertmanager(refreshEvery: .seconds(60))
            case .pagerDuty: .pagerDuty(routingKey: "secret")
            case .log, .command: nil
            }
        }
    }

    init() {
        // As the process does that has these sinks.
        signal(SIGPIPE, SIG_IGN)
    }

    /// - Parameter takes: whether its receiver does.
    private func sink(_ kind: Kind, takes: Bool = true) -> any AlertSink {
        if let payload = kind.payload {
            return HTTPSink(
                payload, name: "ops", minimumSeverity: .error, url: "https://receiver.example/secret",
                transport: ScriptedTransport(status: takes ? 200 : 500), time: VirtualTime())
        }
        if kind == .log { return LogSink(name: "ops", minimumSeverity: .error, log: RecordingLog()) }
        return CommandSink(
            name: "ops", minimumSeverity: .error, arguments: [takes ? "true" : "false"],
            environment: ["PATH": "/bin:/usr/bin"], limits: CommandLimits(timeout: patience))
    }

    @Test("it is called as configured and hears what is configured", arguments: Kind.allCases)
    func configured(kind: Kind) {
        let sink = sink(kind)
        #expect(sink.name == "ops")
        #expect(sink.minimumSeverity == .error)
        #expect((sink.refreshEvery != nil) == (kind == .alertmanager))
    }

    @Test("it takes whatever there is to tell, in every language", arguments: Kind.allCases)
    func takes(kind: Kind) async {
        let sink = sink(kind)
        for language in AlertLanguage.allCases {
            for told in [NotificationKind.firing, .repeated, .refreshed, .resolved] {
                let hostile = Notification.sample(
                    told, summary: "\"}\n\u{0}\u{1b}[31m <!here>", examples: ["\\", "\u{2028}"], language: language)
                #expect(await sink.deliver(hostile) == .accepted)
            }
        }
        let sender = Sender(host: "host", version: "1.0")
        #expect(await SinkTest.tell(sink, by: sender, at: Timestamp(seconds: 1_800_000_000)) == nil)
    }

    @Test("a receiver's own trouble passes", arguments: Kind.allCases.filter { $0 != .log })
    func fails(kind: Kind) async {
        let expected = kind == .command ? "exit status 1" : "HTTP 500"
        #expect(
            await sink(kind, takes: false).deliver(.sample())
                == .failed(detail: expected, retryAfter: nil, permanent: false))
    }

    @Test("one that is told nothing is broken off without a word", arguments: Kind.allCases)
    func brokenOff(kind: Kind) async {
        let sink = sink(kind)
        sink.breakOff()
        #expect(await sink.deliver(.sample()) == .accepted)
    }
}
