import Dispatch
import Glibc
import HTTP
import Testing

@testable import BizgoSimulator

@Suite("Webhooks over sockets")
struct WebhookDeliveryTests {
    /// The application's endpoint: answers what the test says, and remembers the keys it was sent.
    private final class Endpoint: HTTPServer.Handler, @unchecked Sendable {
        private let queue = DispatchQueue(label: "endpoint")
        private var server: HTTPServer?
        private var keys: [String] = []
        private let answer: @Sendable (_ msgKey: String, _ attempt: Int) -> Reply
        private(set) var port: UInt16 = 0

        init(_ answer: @escaping @Sendable (_ msgKey: String, _ attempt: Int) -> Reply) throws {
            self.answer = answer
            let server = HTTPServer(poller: SocketPoller(queue: queue), handler: self)
            self.server = server
            port = try queue.sync { try server.start(on: .loopback(port: 0)) }
        }

        func answer(_ exchange: HTTPExchange) {
            let key = JSONValue.parse(exchange.request.body)?["msgKey"]?.string ?? ""
            keys.append(key)
            answer(key, keys.count { $0 == key }).play(on: exchange, queue)
        }

        func refusal(of flaw: RequestFlaw) -> ServerResponse { ServerResponse(status: flaw.status) }
        func accepted() {}
        func ended(_ request: ServerRequest) {}

        var received: [String] { queue.sync { keys } }

        func stop() {
            queue.sync { server?.stop() }
        }

        static func acknowledge(_ key: String) -> Reply {
            var json = JSONWriter()
            json.object { $0.field("msgKey", key) }
            return Reply(ServerResponse(status: 200, body: json.bytes), to: ServerRequest("POST", "/"))
        }
    }

    private func simulator(_ endpoint: Endpoint, _ change: (inout WebhookConfiguration) -> Void = { _ in }) throws
        -> Simulator
    {
        var configuration = SimulatorConfiguration()
        configuration.outcomes = .always(.delivered)
        configuration.webhook.url = "http://127.0.0.1:\(endpoint.port)/hook"
        configuration.webhook.retryMilliseconds = 10
        configuration.webhook.timeoutMilliseconds = 60_000
        change(&configuration.webhook)
        let simulator = Simulator(configuration: configuration)
        _ = try simulator.start()
        return simulator
    }

    private func send(_ simulator: Simulator, _ count: Int) -> [String] {
        let recipients = (0..<count).map { SendRequest.Recipient(to: "01000000" + String(100 + $0)) }
        return simulator.send(SendRequest(recipients: recipients, flow: [.alimtalk])).compactMap(\.msgKey)
    }

    @Test("Every report is delivered once and acknowledged")
    func delivered() throws {
        let endpoint = try Endpoint { key, _ in Endpoint.acknowledge(key) }
        let simulator = try simulator(endpoint)
        let keys = send(simulator, 200)
        #expect(eventually { simulator.statistics.webhooks.acknowledged == 200 })
        #expect(endpoint.received.sorted() == keys.sorted())
        simulator.stop()
        endpoint.stop()
    }

    @Test("What is not acknowledged is retried, three times at most")
    func retried() throws {
        let endpoint = try Endpoint { key, attempt in
            switch attempt {
            case 1: Reply(ServerResponse(status: 500), to: ServerRequest("POST", "/"))
            case 2: Reply(bytes: [], ending: .reset)
            case 3: Endpoint.acknowledge("another")
            default:
                key.hasSuffix("000")
                    ? Endpoint.acknowledge(key) : Reply(ServerResponse(status: 200), to: ServerRequest("POST", "/"))
            }
        }
        let simulator = try simulator(endpoint)
        _ = send(simulator, 2)
        #expect(eventually { simulator.statistics.webhooks.abandoned == 1 })
        #expect(eventually { simulator.statistics.webhooks.acknowledged == 1 })
        usleep(100_000)
        let counted = simulator.statistics.webhooks
        #expect(counted.attempts == 8)
        #expect(counted.failures == 7)
        #expect(endpoint.received.count == 8)
        simulator.stop()
        endpoint.stop()
    }

    @Test("An answer that comes too late is none")
    func late() throws {
        let endpoint = try Endpoint { key, _ in
            var reply = Endpoint.acknowledge(key)
            reply.delayMilliseconds = 100_000
            return reply
        }
        let simulator = try simulator(endpoint) {
            $0.timeoutMilliseconds = 30
            $0.retries = 1
        }
        _ = send(simulator, 1)
        #expect(eventually { simulator.statistics.webhooks.abandoned == 1 })
        #expect(simulator.statistics.webhooks.attempts == 2)
        simulator.stop()
        endpoint.stop()
    }

    @Test("Some are lost, some come twice, some late, as configured")
    func shares() throws {
        let endpoint = try Endpoint { key, _ in Endpoint.acknowledge(key) }
        let simulator = try simulator(endpoint) {
            $0.lostShare = 0.3
            $0.repeatedShare = 0.2
            $0.delayedShare = 0.2
            $0.delayMilliseconds = 80
        }
        _ = send(simulator, 200)
        #expect(
            eventually {
                let seen = simulator.statistics.webhooks
                return seen.lost + seen.acknowledged - seen.repeated == 200
            })
        let counted = simulator.statistics.webhooks
        #expect((35...85).contains(counted.lost))
        #expect((10...50).contains(counted.repeated))
        #expect(counted.delayed > 5)
        #expect(Set(endpoint.received).count == 200 - counted.lost)
        simulator.stop()
        endpoint.stop()
    }

    @Test("Without an address, and with nobody there, reports are not delivered and nothing else suffers")
    func nobody() throws {
        let endpoint = try Endpoint { key, _ in Endpoint.acknowledge(key) }
        endpoint.stop()
        let simulator = try simulator(endpoint) { $0.retries = 2 }
        _ = send(simulator, 1)
        #expect(eventually { simulator.statistics.webhooks.abandoned == 1 })
        simulator.configure { $0.webhook.url = nil }
        _ = send(simulator, 5)
        #expect(eventually { simulator.statistics.webhooks.lost == 5 })
        simulator.stop()
    }

    @Test("A report is announced when it matures, and when the provider's clock is moved there")
    func maturing() throws {
        let endpoint = try Endpoint { key, _ in Endpoint.acknowledge(key) }
        let simulator = try simulator(endpoint)
        let now = Simulator.machineClock() / 1000
        simulator.load([
            .message("soon000", .alimtalk("10000", at: now + 60), at: now, announced: true),
            .message("late000", .alimtalk("10000", at: now + 3_600_000), at: now, announced: true),
        ])
        #expect(eventually { endpoint.received == ["soon000"] })
        simulator.withGateway { $0.clockOffset = 3_600_000 }
        #expect(eventually { endpoint.received == ["soon000", "late000"] })
        simulator.stop()
        endpoint.stop()
    }
}
