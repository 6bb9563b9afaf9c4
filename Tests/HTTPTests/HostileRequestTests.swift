import Glibc
import Support
import Testing

@testable import HTTP

/// What no proper client sends. Each is answered as said and the connection closed behind it, so that nothing that
/// follows is taken for a request of its own; nothing of it reaches the handler.
@Suite("Hostile requests", .timeLimit(.minutes(10)))
struct HostileRequestTests {
    struct Hostile: Sendable, CustomTestStringConvertible {
        let what: String
        let bytes: String
        let status: Int

        init(_ what: String, _ bytes: String, _ status: Int) {
            self.what = what
            self.bytes = bytes
            self.status = status
        }

        var testDescription: String { what }
    }

    private static let host = "Host: x\r\n"
    private static let post = "POST /a HTTP/1.1\r\nHost: x\r\n"
    private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

    static let table: [Hostile] = [
        // Two ways to say where the body ends.
        Hostile(
            "a length beside chunks",
            post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
            400),
        Hostile(
            "chunks beside a length",
            post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + smuggled,
            400),
        Hostile("two lengths", post + "Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello" + smuggled, 400),
        Hostile("the same length twice", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello" + smuggled, 400),
        Hostile("a list of lengths", post + "Content-Length: 5, 5\r\n\r\nhello" + smuggled, 400),
        Hostile("a length with a sign", post + "Content-Length: +5\r\n\r\nhello" + smuggled, 400),
        Hostile("a negative length", post + "Content-Length: -5\r\n\r\nhello" + smuggled, 400),
        Hostile("a hexadecimal length", post + "Content-Length: 0x5\r\n\r\nhello" + smuggled, 400),
        Hostile("a length with a space in it", post + "Content-Length: 1 5\r\n\r\nhello" + smuggled, 400),
        Hostile("an empty length", post + "Content-Length:\r\n\r\nhello" + smuggled, 400),
        Hostile("a length beyond all numbers", post + "Content-Length: 99999999999999999999\r\n\r\n" + smuggled, 400),
        Hostile("other digits", post + "Content-Length: \u{0665}\r\n\r\nhello" + smuggled, 400),
        Hostile("chunks in another coding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + smuggled, 400),
        Hostile("a coding nobody knows", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled, 400),
        Hostile("a coding that is the identity", post + "Transfer-Encoding: identity\r\n\r\n" + smuggled, 400),
        Hostile(
            "chunks said twice",
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + smuggled, 400),
        Hostile("chunked behind a control character", post + "Transfer-Encoding: \u{0b}chunked\r\n\r\n0\r\n\r\n", 400),
        Hostile(
            "chunks in HTTP/1.0", "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400),
        // Chunks.
        Hostile("a chunk size that is none", post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n", 400),
        Hostile("an empty chunk size", post + "Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n", 400),
        Hostile("a chunk size with a prefix", post + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400),
        Hostile("a negative chunk size", post + "Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n", 400),
        Hostile("a chunk size that overflows", post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400),
        Hostile("a chunk size beyond the limit", post + "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n", 413),
        Hostile("a space behind a chunk size", post + "Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n", 400),
        Hostile("an extension of a chunk", post + "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n", 400),
        Hostile("a chunk longer than it says", post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400),
        Hostile("a chunk's bare line feed", post + "Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n", 400),
        Hostile(
            "a trailer", post + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n" + smuggled, 400),
        // Lines and names.
        Hostile("a folded header", "GET /a HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n", 400),
        Hostile("a folded first header", "GET /a HTTP/1.1\r\n Host: x\r\n\r\n", 400),
        Hostile("bare line feeds", "GET /a HTTP/1.1\nHost: x\n\n", 400),
        Hostile("one bare line feed", "GET /a HTTP/1.1\r\nHost: x\nContent-Length: 5\r\n\r\n", 400),
        Hostile("a bare carriage return", "GET /a HTTP/1.1\r\nHost: x\rContent-Length: 5\r\n\r\n", 400),
        Hostile("an empty line ended by a line feed", "GET /a HTTP/1.1\r\nHost: x\r\n\n" + smuggled, 400),
        Hostile("NUL in a value", "GET /a HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 400),
        Hostile("NUL in a name", "GET /a HTTP/1.1\r\nHost: x\r\nX\0: a\r\n\r\n", 400),
        Hostile("NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Hostile("a space before the colon", post + "Content-Length : 5\r\n\r\nhello" + smuggled, 400),
        Hostile("a tab before the colon", post + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", 400),
        Hostile("a name that is none", "GET /a HTTP/1.1\r\nHost: x\r\n(X): a\r\n\r\n", 400),
        Hostile("an empty name", "GET /a HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n", 400),
        Hostile("a header without a colon", "GET /a HTTP/1.1\r\nHost: x\r\nX\r\n\r\n", 400),
        Hostile("a name in another alphabet", "GET /a HTTP/1.1\r\nHost: x\r\nContent\u{2010}Length: 5\r\n\r\n", 400),
        // Who is meant.
        Hostile("no host", "GET /a HTTP/1.1\r\n\r\n", 400),
        Hostile("two hosts", "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        Hostile(
            "two authorizations", "GET /a HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", 400),
        Hostile("an absolute target", "GET http://other/a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Hostile("an authority as target", "CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n", 400),
        Hostile("the target *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        // Request lines.
        Hostile("HTTP/0.9", "GET /a\r\n", 400),
        Hostile("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        Hostile("a version to come", "GET /a HTTP/1.2\r\nHost: x\r\n\r\n", 505),
        Hostile("a version in small letters", "GET /a http/1.1\r\nHost: x\r\n\r\n", 400),
        Hostile("two spaces", "GET  /a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Hostile("a space at the end", "GET /a HTTP/1.1 \r\nHost: x\r\n\r\n", 400),
        Hostile("a space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Hostile("tabs between the words", "GET\t/a\tHTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Hostile("a method that is none", "G(T /a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Hostile("TLS", "\u{16}\u{3}\u{1}\u{0}\r\n", 400),
        Hostile("not HTTP at all", "SSH-2.0-OpenSSH_9.2\r\n", 400),
        // Too much.
        Hostile("a request line too long", "GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\n", 414),
        Hostile("a request line without end", "GET /" + String(repeating: "a", count: 9000), 414),
        Hostile(
            "a header too long", "GET /a HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 17_000), 431),
        Hostile(
            "headers too long together",
            "GET /a HTTP/1.1\r\nHost: x\r\n"
                + String(repeating: "X: " + String(repeating: "a", count: 1000) + "\r\n", count: 17), 431),
        Hostile(
            "too many headers",
            "GET /a HTTP/1.1\r\nHost: x\r\n" + String(repeating: "X: a\r\n", count: 64) + "\r\n", 431),
        Hostile("empty lines without end", String(repeating: "\r\n", count: 9000), 414),
        Hostile("two spaces before the version", "GET /a  HTTP/1.1\r\nHost: x\r\n\r\n" + smuggled, 400),
        Hostile("a header without a name", post + ": 5\r\n\r\nhello" + smuggled, 400),
        Hostile("a header without a colon", post + "Content-Length 5\r\n\r\nhello" + smuggled, 400),
        Hostile("a length in quotation marks", post + "Content-Length: \"5\"\r\n\r\nhello" + smuggled, 400),
        Hostile("a length with a fraction", post + "Content-Length: 5.0\r\n\r\nhello" + smuggled, 400),
        Hostile("a length and another in other letters", post + "Content-Length: 5\r\ncontent-length: 6\r\n\r\n", 400),
        Hostile("chunked with a parameter", post + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n" + smuggled, 400),
        Hostile("chunked twice in one line", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
        Hostile("chunked and the identity", post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
        Hostile("an empty coding", post + "Transfer-Encoding:\r\n\r\n0\r\n\r\n" + smuggled, 400),
        Hostile("a coding in quotation marks", post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400),
        Hostile("a vertical tab for a space", "GET\u{0b}/a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Hostile("a body too long", post + "Content-Length: 1048577\r\n\r\n", 413),
        Hostile("an expectation nobody knows", post + "Expect: 200-ok\r\nContent-Length: 5\r\n\r\n", 417),
    ]

    @Test("is answered once, and nothing of it is served", arguments: table)
    func isRefused(_ hostile: Hostile) throws {
        let bench = try ServerBench()
        let client = PlainClient(port: bench.port)
        client.send(hostile.bytes)
        #expect(client.answer() == "\(hostile.status)")
        #expect(client.isEnded())
        #expect(bench.paths.isEmpty)
    }

    @Test("is answered the same when it comes byte by byte", arguments: table.filter { $0.bytes.utf8.count < 200 })
    func isRefusedSlowly(_ hostile: Hostile) {
        var parser = RequestParser()
        var flaw: RequestFlaw?
        for byte in hostile.bytes.utf8 where flaw == nil {
            [byte].withUnsafeBytes { parser.append($0) }
            do throws(RequestFlaw) {
                if let request = try parser.next() { Issue.record("it was served: \(request.path)") }
            } catch {
                flaw = error
            }
        }
        #expect(flaw?.status == hostile.status)
    }

    @Test("Garbage after a good request is refused, and the good one answered")
    func garbageAfterTheEnd() throws {
        let bench = try ServerBench()
        let client = PlainClient(port: bench.port)
        client.send(Self.post + "Content-Length: 5\r\n\r\nhelloX-Garbage\r\n\r\n")
        #expect(client.answer() == "200 POST /a hello")
        #expect(client.answer() == "400")
        #expect(client.isEnded())
        #expect(bench.paths == ["/a"])
    }

    @Test("Who sends a request too slowly is told so, and who says nothing is let go")
    func slowBytes() throws {
        // Not both of one server: who is to be slow might be late already.
        let bench = try ServerBench { $0.requestTime = .milliseconds(50) }
        let slow = PlainClient(port: bench.port)
        slow.send("GET /a HTTP/1.1\r\nHo")
        #expect(slow.answer() == "408")
        #expect(slow.isEnded())
        let half = PlainClient(port: bench.port)
        half.send(Self.post + "Content-Length: 5\r\n\r\nhel")
        #expect(half.answer() == "408")
        #expect(bench.paths.isEmpty)
        let other = try ServerBench { $0.idleTime = .milliseconds(50) }
        let silent = PlainClient(port: other.port)
        #expect(silent.isEnded())
        #expect(inTime { other.openConnections == 0 })
        #expect(other.paths.isEmpty)
    }

    @Test("A byte now and then does not make a request's time any longer")
    func trickle() throws {
        let bench = try ServerBench { $0.requestTime = .milliseconds(200) }
        let client = PlainClient(port: bench.port)
        let end = ContinuousClock.now + patience
        var sent = 0
        client.send("GET /a HTTP/1.1\r\nX: ")
        while bench.openConnections > 0, ContinuousClock.now < end, !client.hasAnswer {
            client.send("a")
            sent += 1
            usleep(5000)
        }
        #expect(client.answer() == "408")
        #expect(bench.paths.isEmpty)
    }

    @Test("Who leaves early is forgotten", arguments: ["", "GET /a HT", post + "Content-Length: 5\r\n\r\nhel", post])
    func earlyClose(bytes: String) throws {
        let bench = try ServerBench()
        var client: PlainClient? = PlainClient(port: bench.port)
        client?.send(bytes)
        #expect(inTime { bench.openConnections == 1 })
        client = nil
        #expect(inTime { bench.openConnections == 0 })
        #expect(bench.paths.isEmpty)
    }

    @Test("A million random and mutated bytes crash nothing and keep nothing")
    func mutations() throws {
        var random = SeededGenerator(seed: 7)
        let seeds = Self.table.map { Array($0.bytes.utf8) }.filter { $0.count < 300 }
        var total = 0
        while total < 1_000_000 {
            var parser = RequestParser()
            guard var bytes = seeds.randomElement(using: &random) else { return }
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            total += bytes.count
            bytes.withUnsafeBytes { parser.append($0) }
            var requests = 0
            do throws(RequestFlaw) {
                while try parser.next() != nil { requests += 1 }
                #expect(parser.buffered <= bytes.count)
            } catch {
                #expect((400...505).contains(error.status))
            }
            #expect(requests <= 2)
        }
    }
}
