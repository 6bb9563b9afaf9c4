import Engine
import Support
import Testing

@testable import HTTP

/// Connections: kept, counted, closed; and the end of them all.
@Suite(.timeLimit(.minutes(10)))
@EventLoop
struct ConnectionTests {
    @Test("Connections are reused")
    func connectionsAreReused() async throws {
        let server = TestServer()
        let transport = CurlTransport.forTests { $0.maximumConnections = 8 }
        for _ in 0..<20 {
            #expect(try await transport.get("/ok", from: server).status == 200)
        }
        #expect(try await transport.get("/stats", from: server).text == "1")
        for _ in 0..<5 {
            let statuses = await transport.statuses(ofParallel: 8, "/delayed", from: server)
            #expect(statuses == Array(repeating: 200, count: 8))
        }
        let connections = try await Int(transport.get("/stats", from: server).text) ?? 0
        #expect((2...8).contains(connections))
    }

    @Test("Two hundred transfers run in parallel", arguments: [1, 16, 300])
    func twoHundredTransfersRunInParallel(limit: Int) async throws {
        let server = TestServer()
        let transport = CurlTransport.forTests { $0.maximumConnections = limit }
        let statuses = await transport.statuses(ofParallel: 200, "/ok", from: server)
        #expect(statuses == Array(repeating: 200, count: 200))
        let connections = try await Int(transport.get("/stats", from: server).text) ?? 0
        #expect((1...limit).contains(connections))
    }

    @Test("A connection that was closed meanwhile is replaced")
    func aConnectionThatWasClosedMeanwhileIsReplaced() async throws {
        let transport = CurlTransport.forTests()
        for _ in 0..<10 {
            #expect(try await transport.get("/once").text == "once")
        }
    }

    /// The server takes a second request on the connection, and closes it without an answer.
    @Test("A request on a closed connection is sent again only where that is wanted", arguments: [false, true])
    func aRequestOnAClosedConnectionIsSentAgainOnlyWhereThatIsWanted(sendsOnce: Bool) async throws {
        let server = TestServer()
        let transport = CurlTransport.forTests { $0.sendsOnce = sendsOnce }
        for _ in 0..<3 {
            #expect(try await transport.get("/ok", from: server).text == "ok")
            let failure = await transport.failure(HTTPRequest(url: server.url("/second")))
            #expect(failure?.detail == (sendsOnce ? "the connection was closed before an answer" : nil))
        }
        #expect(try await transport.get("/seconds", from: server).text == (sendsOnce ? "3" : "6"))
    }

    @Test("A failure harms no other transfer")
    func aFailureHarmsNoOtherTransfer() async throws {
        let transport = CurlTransport.forTests()
        let paths = ["/ok", "/reset", "/delayed", "/short", "/once", "/garbage", "/close", "/bomb"]
        let good: Set = ["/ok", "/delayed", "/once"]
        let requests = (0..<120).map { paths[$0 % paths.count] }
        let failures = await withTaskGroup(of: (String, Bool).self) { group in
            for path in requests {
                group.addTask { (path, await transport.failure(path) != nil) }
            }
            var outcomes: [(String, Bool)] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        #expect(failures.count == 120)
        #expect(failures.allSatisfy { good.contains($0.0) != $0.1 })
    }

    @Test("A cancelled task still gets its answer")
    func aCancelledTaskStillGetsItsAnswer() async throws {
        let transport = CurlTransport.forTests()
        let begun = Count()
        let task = Task {
            begun.value += 1
            return try await transport.get("/delayed").text
        }
        while begun.value == 0 { await Task.yield() }
        task.cancel()
        #expect(try await task.value == "ok")
    }

    /// Every socket and libcurl's own pair are closed again.
    @Test("No descriptor is left behind")
    func noDescriptorIsLeftBehind() async throws {
        let server = TestServer()
        for round in 0..<30 {
            let transport = CurlTransport.forTests { $0.maximumConnections = 64 }
            _ = await transport.statuses(ofParallel: 20, round % 2 == 0 ? "/ok" : "/once", from: server)
        }
        // The deinit and the cancel handlers run on the loop's queue after their cause.
        #expect(await eventually { Sockets.connected(to: server.port).isEmpty })
    }
}

/// TLS, with a certificate nobody vouches for.
@Suite(.timeLimit(.minutes(10)))
@EventLoop
struct TLSTests {
    @Test("An unknown certificate is refused and a known one accepted")
    func anUnknownCertificateIsRefusedAndAKnownOneAccepted() async throws {
        let folder = TemporaryFolder()
        let server = TestServer(tlsIn: folder.path)
        let request = HTTPRequest(url: server.url("/ok", scheme: "https"))
        #expect(await CurlTransport.forTests().failure(request) == .certificate(verification: 18))

        let trusting = CurlTransport.forTests { $0.caFile = folder.file("cert.pem") }
        for _ in 0..<5 {
            #expect(try await trusting.send(request).text == "ok")
        }
        #expect(try await trusting.send(HTTPRequest(url: server.url("/stats", scheme: "https"))).text == "2")

        // The certificate is for 127.0.0.1 only.
        let other = HTTPRequest(url: "https://localhost:\(server.port)/ok")
        #expect(await trusting.failure(other) == .certificate(verification: 1))
    }
}

extension CurlTransport {
    /// - Returns: the status of each; 0 for a failure.
    func statuses(ofParallel count: Int, _ path: String, from server: TestServer) async -> [Int] {
        // All begin in one turn of the loop: those of a group come by way of the pool, one by one on a busy machine.
        let requests = (0..<count).map { _ in EventLoop.task { (try? await self.get(path, from: server).status) ?? 0 } }
        var statuses: [Int] = []
        for request in requests { statuses.append(await request.value) }
        return statuses
    }
}
