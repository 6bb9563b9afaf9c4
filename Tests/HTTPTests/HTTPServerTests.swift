import Glibc
import Support
import Testing

@testable import HTTP

@Suite("The HTTP server", .timeLimit(.minutes(10)))
struct HTTPServerTests {
    private func get(_ path: String, _ more: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\(more)\r\n" }

    @Test("One connection serves many requests, pipelined and not")
    func keepAlive() throws {
        let bench = try ServerBench()
        let client = PlainClient(port: bench.port)
        for number in 0..<10 {
            client.send(get("/\(number)"))
            #expect(client.answer() == "200 GET /\(number) ")
        }
        client.send((0..<50).map { get("/\($0)") }.joined())
        for number in 0..<50 { #expect(client.answer() == "200 GET /\(number) ") }
        #expect(bench.openConnections == 1)
        #expect(bench.ended == 60)
    }

    @Test("Pipelined requests are answered in order, however late an answer comes")
    func order() throws {
        let bench = try ServerBench()
        let client = PlainClient(port: bench.port)
        client.send(get("/later") + get("/a") + get("/later") + get("/b"))
        #expect(inTime { bench.heldCount == 1 })
        #expect(bench.paths == ["/later"])
        bench.release()
        #expect(client.answer() == "200 GET /later ")
        #expect(client.answer() == "200 GET /a ")
        #expect(inTime { bench.heldCount == 1 })
        bench.release()
        #expect(client.answer() == "200 GET /later ")
        #expect(client.answer() == "200 GET /b ")
    }

    @Test("An answer to a client that has left goes nowhere")
    func leavesBeforeTheAnswer() throws {
        let bench = try ServerBench()
        var client: PlainClient? = PlainClient(port: bench.port)
        client?.send(get("/later"))
        #expect(inTime { bench.heldCount == 1 })
        client = nil
        #expect(inTime { bench.openConnections == 0 })
        #expect(bench.ended == 1)
        bench.release()
        #expect(bench.ended == 1)
    }

    @Test("HTTP/1.0 closes, unless it asks for more")
    func oldVersion() throws {
        let bench = try ServerBench()
        let client = PlainClient(port: bench.port)
        client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(client.answer() == "200 GET /a ")
        client.send("GET /b HTTP/1.0\r\n\r\n")
        #expect(client.answer() == "200 GET /b ")
        #expect(client.isEnded())
    }

    @Test("A client that asks for it is told to go on, once its head is there")
    func continues() throws {
        let bench = try ServerBench()
        let client = PlainClient(port: bench.port)
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(client.answer() == "100")
        client.send("hello" + get("/b"))
        #expect(client.answer() == "200 POST /a hello")
        #expect(client.answer() == "200 GET /b ")
    }

    @Test("HEAD gets no body, and the connection stays in step")
    func head() throws {
        let bench = try ServerBench()
        let response = ServerResponse(status: 200, body: Array("body".utf8))
        var head = ServerRequest("HEAD", "/a")
        #expect(String(decoding: response.encoded(for: head), as: UTF8.self).hasSuffix("Content-Length: 4\r\n\r\n"))
        head.method = "GET"
        #expect(String(decoding: response.encoded(for: head), as: UTF8.self).hasSuffix("\r\n\r\nbody"))
        #expect(bench.paths.isEmpty)
    }

    @Test("Who comes when all places are taken gets that of an idle one, or none")
    func connectionLimit() throws {
        let bench = try ServerBench { $0.connections = 2 }
        let busy = PlainClient(port: bench.port)
        busy.send(get("/later"))
        let idle = PlainClient(port: bench.port)
        idle.send(get("/a"))
        #expect(idle.answer() == "200 GET /a ")
        let third = PlainClient(port: bench.port)
        third.send(get("/later"))
        #expect(idle.isEnded())
        #expect(inTime { bench.heldCount == 2 })
        #expect(PlainClient(port: bench.port).isEnded())
        bench.release()
        #expect(busy.answer() == "200 GET /later ")
        #expect(third.answer() == "200 GET /later ")
    }

    @Test("A Unix socket serves, replaces one that was left behind, and not one that is in use")
    func unixSocket() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/socket"
        let killed = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(SocketAddress(path: path)?.with { bind(killed, $0, $1) } == 0)
        close(killed)
        #expect(access(path, F_OK) == 0)
        let bench = try ServerBench(on: .unix(path: path))
        let client = PlainClient(path: path)
        client.send(get("/a"))
        #expect(client.answer() == "200 GET /a ")
        #expect(throws: HTTPServer.StartError.self) { try ServerBench(on: .unix(path: path)) }
        bench.stop()
        #expect(access(path, F_OK) != 0)
        #expect(throws: HTTPServer.StartError.self) {
            try ServerBench(on: .unix(path: path + String(repeating: "x", count: 200)))
        }
    }

    @Test("A file that is no socket is left alone")
    func unixFile() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/database"
        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        close(file)
        #expect(throws: HTTPServer.StartError.self) { try ServerBench(on: .unix(path: path)) }
        #expect(access(path, F_OK) == 0)
    }

    @Test("A socket that was handed on serves")
    func inherited() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #expect(SocketAddress(.loopback, 0).with { bind(descriptor, $0, $1) } == 0)
        #expect(listen(descriptor, 8) == 0)
        let bench = try ServerBench(on: .inherited(descriptor: descriptor))
        #expect(bench.port > 0)
        let client = PlainClient(port: bench.port)
        client.send(get("/a"))
        #expect(client.answer() == "200 GET /a ")
    }

    @Test("Stopping ends every connection, and what was under way")
    func stopping() throws {
        let bench = try ServerBench()
        let client = PlainClient(port: bench.port)
        client.send(get("/later"))
        #expect(inTime { bench.heldCount == 1 })
        bench.stop()
        #expect(client.isEnded())
        #expect(bench.ended == 1)
    }
}
