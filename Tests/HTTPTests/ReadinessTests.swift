import HTTP
import Engine
import Support
import Testing

/// Connections that are ready when nobody asked, and all at once.
@Suite(.timeLimit(.minutes(10)))
@EventLoop
struct ReadinessTests {
    @Test("Connections the server closed meanwhile keep nobody busy and are replaced")
    func connectionsTheServerClosedMeanwhileKeepNobodyBusyAndAreReplaced() async throws {
        let server = TestServer()
        let transport = CurlTransport.forTests { $0.maximumConnections = 8 }
        let idle = await transport.statuses(ofParallel: 8, "/idle", from: server)
        #expect(idle == Array(repeating: 200, count: 8))
        let sockets = Sockets.connected(to: server.port)
        #expect(!sockets.isEmpty)
        #expect(await eventually { sockets.allSatisfy(Sockets.isEnded) })
        // The kernel would report their end for ever.
        #expect(await eventually { sockets.filter(Poll.holds).isEmpty })
        let after = await transport.statuses(ofParallel: 8, "/ok", from: server)
        #expect(after == Array(repeating: 200, count: 8))
    }

    @Test("A hundred answers at once all arrive")
    func aHundredAnswersAtOnceAllArrive() async {
        let server = TestServer()
        let transport = CurlTransport.forTests { $0.maximumConnections = 100 }
        let statuses = await transport.statuses(ofParallel: 100, "/together", from: server)
        #expect(statuses == Array(repeating: 200, count: 100))
    }
}
