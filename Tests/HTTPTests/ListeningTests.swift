import Dispatch
import Glibc
import Reconciliation
import Support
import Testing

@testable import HTTP

@Suite("Where the server listens, and whom it lets in", .timeLimit(.minutes(10)))
struct ListeningTests {
    private func get(_ path: String, _ more: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\(more)\r\n" }

    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test("It listens on IPv6 as well, and says who is connected", arguments: ["127.0.0.1", "127.0.0.2", "::1"])
    func addresses(host: String) throws {
        let bench = try ServerBench(on: .port(address(host), 0))
        let client = PlainClient(port: bench.port, host: host)
        client.send(get("/a"))
        #expect(client.answer() == "200 GET /a ")
        #expect(bench.peers == [.address(try address(host == "::1" ? "::1" : "127.0.0.1"))])
        #expect(throws: HTTPServer.StartError.self) { try ServerBench(on: .port(address(host), bench.port)) }
    }

    @Test("It cannot listen on an address that is not this machine's, and says where")
    func foreignAddress() throws {
        #expect {
            try ServerBench(on: .port(address("192.0.2.1"), 8089))
        } throws: {
            "\($0)".hasPrefix("cannot listen on 192.0.2.1:8089: ")
        }
        #expect {
            try ServerBench(on: .port(address("2001:db8::1"), 8089))
        } throws: {
            "\($0)".hasPrefix("cannot listen on [2001:db8::1]:8089: ")
        }
    }

    @Test("A Unix socket is for its owner and group, whatever the mask, and its clients are nobody")
    func unixSocket() throws {
        let path = TemporaryFolder().path + "-socket"
        let bench = try ServerBench(on: .unix(path: path))
        var found = stat()
        #expect(stat(path, &found) == 0)
        #expect(found.st_mode & 0o777 == 0o660)
        let client = PlainClient(path: path)
        client.send(get("/a"))
        #expect(client.answer() == "200 GET /a ")
        #expect(bench.peers == [.unix])
        bench.stop()
        #expect(access(path, F_OK) != 0)
    }

    @Test("A folder that is not there is said")
    func noFolder() {
        #expect(throws: HTTPServer.StartError.self) { try ServerBench(on: .unix(path: "/nonexistent/socket")) }
    }

    @Test("Whether it could listen is known without listening")
    func check() throws {
        func flaw(_ address: HTTPServer.Address) -> HTTPServer.StartError? {
            do throws(HTTPServer.StartError) {
                try HTTPServer.check(address)
                return nil
            } catch {
                return error
            }
        }
        let folder = TemporaryFolder()
        let path = folder.file("socket")
        #expect(flaw(.unix(path: path)) == nil)
        #expect(access(path, F_OK) != 0)
        #expect(flaw(.unix(path: folder.file("none/socket")))?.isInUse == false)
        #expect(flaw(.unix(path: folder.path))?.isInUse == true)
        #expect(flaw(.loopback(port: 0)) == nil)
        #expect(flaw(.inherited(descriptor: -1)) != nil)
        let onPath = try ServerBench(on: .unix(path: path))
        #expect(flaw(.unix(path: path))?.isInUse == true)
        let onPort = try ServerBench()
        #expect(flaw(.loopback(port: onPort.port))?.isInUse == true)
        #expect(flaw(.port(try address("127.0.0.1"), onPort.port))?.isInUse == true)
        onPath.stop()
        // One that was left behind will be replaced.
        let killed = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(SocketAddress(path: path)?.with { bind(killed, $0, $1) } == 0)
        close(killed)
        #expect(flaw(.unix(path: path)) == nil)
        #expect(access(path, F_OK) == 0)
    }

    @Test("A descriptor that was handed on and does not listen is refused")
    func handedOn() {
        let unbound = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let datagrams = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        let file = open("/dev/null", O_RDONLY)
        for descriptor in [unbound, datagrams, file] {
            #expect(throws: HTTPServer.StartError.self) { try ServerBench(on: .inherited(descriptor: descriptor)) }
            close(descriptor)
        }
    }

    @Test("A request that is let go of takes its connection with it")
    func dropped() throws {
        let bench = try ServerBench()
        let client = PlainClient(port: bench.port)
        client.send(get("/a") + get("/never"))
        #expect(client.answer() == "200 GET /a ")
        #expect(client.isEnded())
        #expect(inTime { bench.openConnections == 0 })
        #expect(bench.ended == 2)
    }

    // MARK: Places

    @Test("Unknown ones make room for each other, the oldest first, and never for themselves where others are")
    func unknownOnes() throws {
        let bench = try ServerBench(known: []) { $0.unknownConnections = 2 }
        let clients = (1...3).map { number in
            let client = PlainClient(port: bench.port)
            client.send(get("/later"))
            #expect(inTime { bench.heldCount == number })
            return client
        }
        #expect(clients[0].isEnded())
        bench.release()
        #expect(clients[1].answer() == "200 GET /later ")
        #expect(clients[2].answer() == "200 GET /later ")
    }

    @Test("A known one takes the place of an unknown one, busy or not")
    func knownOne() throws {
        let bench = try ServerBench(known: [address("127.0.0.2")]) {
            $0.connections = 2
            $0.unknownConnections = 2
        }
        let unknown = (0..<2).map { _ in
            let client = PlainClient(port: bench.port)
            client.send(get("/later"))
            return client
        }
        #expect(inTime { bench.heldCount == 2 })
        let known = (0..<2).map { _ in
            let client = PlainClient(port: bench.port, from: "127.0.0.2")
            client.send(get("/later"))
            return client
        }
        #expect(unknown[0].isEnded())
        #expect(unknown[1].isEnded())
        #expect(inTime { bench.heldCount == 4 })
        // All places are known ones', and busy.
        #expect(PlainClient(port: bench.port).isEnded())
        #expect(PlainClient(port: bench.port, from: "127.0.0.2").isEnded())
        bench.release()
        #expect(known[0].answer() == "200 GET /later ")
        #expect(known[1].answer() == "200 GET /later ")
    }

    @Test("However many unknown ones come, a known one is served")
    func flood() throws {
        let bench = try ServerBench(known: [address("127.0.0.2")]) {
            $0.connections = 8
            $0.unknownConnections = 4
        }
        var flood: [PlainClient] = []
        for round in 0..<20 {
            for _ in 0..<5 {
                flood.append(PlainClient(port: bench.port))
                flood.last?.send("GET /slow HTTP/1.1\r\nHo")
            }
            let known = PlainClient(port: bench.port, from: "127.0.0.2")
            known.send(get("/\(round)"))
            #expect(known.answer() == "200 GET /\(round) ")
        }
        #expect(bench.openConnections <= 8)
    }

    // MARK: Limits

    @Test("Where a POST has to say its length, one that does not is refused, and a GET is served")
    func wantsLength() throws {
        let bench = try ServerBench { $0.request.wantsLength = true }
        let client = PlainClient(port: bench.port)
        client.send(get("/a") + "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        #expect(client.answer() == "200 GET /a ")
        #expect(client.answer() == "200 POST /b ")
        client.send("POST /c HTTP/1.1\r\nHost: x\r\n\r\n" + get("/smuggled"))
        #expect(client.answer() == "411")
        #expect(client.isEnded())
        #expect(bench.paths == ["/a", "/b"])
    }

    // MARK: Leaving

    @Test("It leaves when what has come is answered, and takes nobody new")
    func leaving() throws {
        let bench = try ServerBench()
        let idle = PlainClient(port: bench.port)
        idle.send(get("/a"))
        #expect(idle.answer() == "200 GET /a ")
        let busy = PlainClient(port: bench.port)
        busy.send(get("/later") + get("/b"))
        let half = PlainClient(port: bench.port)
        half.send("POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel")
        #expect(inTime { bench.heldCount == 1 && bench.openConnections == 3 })
        bench.leave()
        #expect(idle.isEnded())
        #expect(!bench.hasLeft)
        bench.release()
        #expect(busy.answer() == "200 GET /later ")
        #expect(busy.answer() == "200 GET /b ")
        #expect(busy.isEnded())
        half.send("lo")
        #expect(half.answer() == "200 POST /c hello")
        #expect(half.isEnded())
        #expect(inTime { bench.hasLeft })
    }

    @Test("One that nobody is connected to has left at once")
    func leavingEmpty() throws {
        let bench = try ServerBench()
        bench.leave()
        #expect(bench.hasLeft)
    }

    @Test("Who was let in by the kernel before it left is answered")
    func leavingQueue() throws {
        let bench = try ServerBench()
        // The server's queue is held, so that nothing is accepted before it leaves.
        var client: PlainClient?
        bench.queue.sync {
            client = PlainClient(port: bench.port)
            client?.send(get("/a"))
            bench.leaveOnQueue()
        }
        #expect(client?.answer() == "200 GET /a ")
        #expect(client?.isEnded() == true)
        #expect(inTime { bench.hasLeft })
    }

    @Test("Who has connected and not asked yet when it leaves is answered; who asks nothing is let go")
    func leavingNewcomers() throws {
        let bench = try ServerBench { $0.arrivalTime = patience }
        let asking = PlainClient(port: bench.port)
        #expect(inTime { bench.openConnections == 1 })
        bench.leave()
        asking.send(get("/a"))
        #expect(asking.answer() == "200 GET /a ")
        #expect(asking.isEnded())
        #expect(inTime { bench.hasLeft })
        // With the usual time, in which this thread might not have asked either.
        let other = try ServerBench()
        let silent = PlainClient(port: other.port)
        #expect(inTime { other.openConnections == 1 })
        other.leave()
        #expect(silent.isEnded())
        #expect(inTime { other.hasLeft })
    }
}
