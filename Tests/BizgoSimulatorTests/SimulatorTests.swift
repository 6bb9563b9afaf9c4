import Dispatch
import Glibc
import Support
import Testing

@testable import BizgoSimulator

@Suite("The simulator over sockets")
struct SimulatorTests {
    private let inquiry = "/api/comm/v1/report/inquiry/key000"

    /// Runs `body` against a simulator without limits that knows `key000`.
    private func withSimulator(
        _ change: (inout SimulatorConfiguration) -> Void = { _ in }, _ body: (Simulator, UInt16) throws -> Void
    ) throws {
        var configuration = SimulatorConfiguration()
        configuration.requestsPerSecond = 0
        configuration.recipientsPerSecond = 0
        change(&configuration)
        let simulator = Simulator(configuration: configuration)
        let now = Simulator.machineClock() / 1000
        simulator.load([.message("key000", .alimtalk("10000", at: now, startsAt: now), at: now)])
        let port = try simulator.start()
        defer { simulator.stop() }
        try body(simulator, port)
    }

    @Test("One connection serves many requests, split and pipelined")
    func keepAlive() throws {
        try withSimulator { simulator, port in
            let client = TestClient(port: port)
            for _ in 0..<50 { #expect(client.get(inquiry).json.values("report", "reportCode") == ["10000"]) }
            for byte in "GET \(inquiry) HTTP/1.1\r\nHost: x\r\nAuthorization: sim-key\r\n\r\n" {
                client.send(String(byte))
            }
            #expect(client.response().status == 200)
            let one = "GET \(inquiry) HTTP/1.1\r\nHost: x\r\nAuthorization: sim-key\r\n\r\n"
            client.send(String(repeating: one, count: 30) + "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect((0..<30).allSatisfy { _ in client.response().status == 200 })
            #expect(client.response().status == 404)
            #expect(simulator.statistics.connections == 1)
            #expect(simulator.statistics.total == 82)
            #expect(eventually { simulator.statistics.inFlight == 0 })
        }
    }

    @Test("Answers keep the order of pipelined requests although the first is delayed")
    func order() throws {
        try withSimulator { simulator, port in
            var rule = FaultRule(.delay, times: 1)
            rule.delayMilliseconds = 100
            simulator.setFaults([rule])
            let client = TestClient(port: port)
            let one = "GET \(inquiry) HTTP/1.1\r\nHost: x\r\nAuthorization: sim-key\r\n\r\n"
            client.send(one + "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.response().status == 200)
            #expect(client.response().status == 404)
        }
    }

    @Test(
        "A bad request is answered and the connection closed",
        arguments: [
            ("nonsense\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 20_000), 431),
            ("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413),
        ])
    func malformed(text: String, status: Int) throws {
        try withSimulator { simulator, port in
            let client = TestClient(port: port)
            client.send(text)
            #expect(client.response().status == status)
            if case .bytes = client.read() { Issue.record("the connection is still open") }
            #expect(simulator.statistics.malformed == 1)
        }
    }

    @Test("Connection: close is honoured, and 100 Continue given")
    func closing() throws {
        try withSimulator { _, port in
            let client = TestClient(port: port)
            client.send("POST /_sim/account HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 18\r\n\r\n")
            #expect(client.response().status == 100)
            client.send(#"{"suspended":true}"#)
            #expect(client.response().status == 200)
            client.send("GET \(inquiry) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let last = client.response()
            #expect(last.status == 401)
            #expect(last.header("Connection") == "close")
            guard case .end = client.read() else {
                Issue.record("the connection is still open")
                return
            }
        }
    }

    @Test("A reset is a reset, a cut answer ends early, a slow one arrives whole")
    func faults() throws {
        try withSimulator { simulator, port in
            simulator.setFaults([FaultRule(.reset, times: 1)])
            let reset = TestClient(port: port)
            reset.send("GET \(inquiry) HTTP/1.1\r\nHost: x\r\nAuthorization: sim-key\r\n\r\n")
            if case .failed(let code) = reset.read() { #expect(code == ECONNRESET) } else { Issue.record("no reset") }

            simulator.setFaults([FaultRule(.truncate, times: 1)])
            #expect(TestClient(port: port).get(inquiry).json == .null)

            var slow = FaultRule(.slow, times: 1)
            slow.bytes = 64
            slow.delayMilliseconds = 2
            simulator.setFaults([slow])
            let client = TestClient(port: port)
            #expect(client.get(inquiry).json.values("report", "reportCode") == ["10000"])
            #expect(client.get(inquiry).status == 200)
            #expect(eventually { simulator.statistics.inFlight == 0 })
        }
    }

    @Test("An answer larger than any socket buffer arrives whole")
    func oversize() throws {
        try withSimulator { simulator, port in
            simulator.setFaults([FaultRule(.oversize, times: 1)])
            let client = TestClient(port: port)
            #expect(client.get(inquiry).bytes.count > 20 * 1024 * 1024)
            #expect(client.get(inquiry).status == 200)
        }
    }

    @Test("Requests in flight are counted, and a client that leaves is forgotten")
    func inFlight() throws {
        try withSimulator({ $0.latencyMilliseconds = 60_000 }) { simulator, port in
            var clients = (0..<7).map { _ in TestClient(port: port) }
            for client in clients {
                client.send("GET \(inquiry) HTTP/1.1\r\nHost: x\r\nAuthorization: sim-key\r\n\r\n")
            }
            #expect(eventually { simulator.statistics.inFlight == 7 })
            clients.removeAll()
            #expect(eventually { simulator.statistics.inFlight == 0 })
            #expect(simulator.statistics.maxInFlight == 7)
        }
    }

    @Test("However busy it is, other work on its queue gets a turn")
    func busy() throws {
        try withSimulator { simulator, port in
            let client = TestClient(port: port)
            let requests = String(
                repeating: "GET \(inquiry) HTTP/1.1\r\nHost: x\r\nAuthorization: sim-key\r\n\r\n", count: 100)
            let end = ContinuousClock.now + patience
            let served = DispatchSemaphore(value: 0)
            let hammers = DispatchGroup()
            for number in 0..<2 {
                // Queues of their own: the threads of the pool may all be taken by tests.
                DispatchQueue(label: "hammer \(number)").async(group: hammers) {
                    let hammer = TestClient(port: port)
                    while ContinuousClock.now < end, served.wait(timeout: .now()) == .timedOut {
                        hammer.send(requests)
                        for _ in 0..<100 { _ = hammer.response() }
                    }
                }
            }
            #expect(client.get(inquiry).status == 200)
            for _ in 0..<5 { _ = simulator.statistics }
            #expect(ContinuousClock.now < end)
            for _ in 0..<2 { served.signal() }
            hammers.wait()
        }
    }

    @Test("Sends over HTTP and from Swift are the same to it")
    func sends() throws {
        try withSimulator({ $0.outcomes = .always(.delivered) }) { simulator, port in
            let client = TestClient(port: port)
            let body = #"{"destinations":[{"to":"01000000001"}],"messageFlow":[{"alimtalk":{"msgType":"AT"}}]}"#
            let sent = client.post("/api/comm/v1/send/omni", body).json.values("destinations", "msgKey")
            let own = simulator.send(SendRequest(recipients: [.init(to: "01000000002")], flow: [.alimtalk]))
            for key in [sent.first ?? nil, own.first?.msgKey] {
                let answer = client.get("/api/comm/v1/report/inquiry/" + (key ?? "none"))
                #expect(answer.json.values("report", "reportCode") == ["10000"])
            }
            #expect(simulator.plans.count == 3)
        }
    }

    /// The system gives out none of these ports: nobody gets it while the simulator is stopped.
    private func startBelowEphemeralPorts(_ simulator: Simulator) throws -> UInt16 {
        for _ in 0..<100 {
            simulator.configure { $0.port = .random(in: 20_000..<32_768) }
            if let port = try? simulator.start() { return port }
        }
        return try simulator.start()
    }

    @Test("It can be stopped with clients connected and started again; a taken port is an error")
    func restart() throws {
        let simulator = Simulator()
        let port = try startBelowEphemeralPorts(simulator)
        let client = TestClient(port: port)
        _ = client.get(inquiry)
        #expect(throws: SimulatorError.self) { try simulator.start() }
        var configuration = SimulatorConfiguration()
        configuration.port = port
        #expect(throws: SimulatorError.self) { try Simulator(configuration: configuration).start() }
        simulator.stop()
        simulator.stop()
        if case .bytes = client.read() { Issue.record("the connection is still open") }
        simulator.configure { $0.port = port }
        // At once, but for a program that another test starts: it has a copy of the listener until it is executed.
        #expect(eventually { (try? simulator.start()) == port })
        #expect(TestClient(port: port).get("/_sim/stats").status == 200)
        simulator.stop()
    }
}
