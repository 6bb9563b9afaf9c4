import Testing

@testable import HTTP

@Suite("The HTTP parser")
struct RequestParserTests {
    private let send =
        "POST /api/comm/v1/send/omni?a=1 HTTP/1.1\r\nHost: x\r\ncontent-LENGTH:  5 \r\nauthorization:\tkey \r\n\r\nhello"

    /// The limits of the simulator.
    private var limits: RequestLimits {
        var limits = RequestLimits()
        limits.bodyBelow = ["/_sim/": 512 * 1024 * 1024]
        return limits
    }

    private func parse(_ text: String, chunk: Int = .max) throws(RequestFlaw) -> [ServerRequest] {
        var parser = RequestParser(limits: limits)
        var requests: [ServerRequest] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
            part.withUnsafeBytes { parser.append($0) }
            while let request = try parser.next() { requests.append(request) }
        }
        return requests
    }

    @Test("A request is the same however it is split", arguments: [1, 2, 3, 7, 50, Int.max])
    func splitReads(chunk: Int) throws {
        let request = try #require(try parse(send, chunk: chunk).first)
        #expect(request.method == "POST")
        #expect(request.path == "/api/comm/v1/send/omni")
        #expect(request.query == "a=1")
        #expect(request.header("authorization") == "key")
        #expect(request.body == Array("hello".utf8))
        #expect(request.keepAlive)
    }

    @Test("Pipelined requests come out one by one, in order", arguments: [1, 5, Int.max])
    func pipelined(chunk: Int) throws {
        let get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
        let requests = try parse(get + send + "\r\n" + "GET /b HTTP/1.0\r\n\r\n" + get, chunk: chunk)
        #expect(requests.map(\.path) == ["/a", "/api/comm/v1/send/omni", "/b", "/a"])
        #expect(requests.map(\.keepAlive) == [true, true, false, true])
    }

    @Test("Many requests on one connection do not let the buffer grow")
    func longLived() throws {
        var parser = RequestParser()
        let bytes = Array("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HT".utf8)
        let rest = Array("TP/1.1\r\nHost: x\r\n\r\n".utf8)
        for _ in 0..<5000 {
            bytes.withUnsafeBytes { parser.append($0) }
            #expect(try parser.next()?.path == "/a")
            #expect(try parser.next() == nil)
            rest.withUnsafeBytes { parser.append($0) }
            #expect(try parser.next()?.path == "/b")
        }
        #expect(parser.buffered == 0)
    }

    @Test("Connection headers decide whether the connection stays")
    func keepAlive() throws {
        #expect(try parse("GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n").first?.keepAlive == false)
        #expect(try parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").first?.keepAlive == true)
    }

    @Test("Headers that are too long are refused, complete or not")
    func longHeaders() {
        let long = "GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 17_000)
        #expect(throws: RequestFlaw.headersTooLong) { try parse(long) }
        #expect(throws: RequestFlaw.headersTooLong) { try parse(long + "\r\n\r\n", chunk: 1000) }
    }

    @Test("A body that is too long is refused before it is read, except below /_sim/")
    func longBody() throws {
        #expect(throws: RequestFlaw.bodyTooLong) {
            try parse("POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n")
        }
        #expect(try parse("POST /_sim/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n").isEmpty)
    }

    @Test("A client that waits for 100 Continue is noticed once")
    func continues() throws {
        var parser = RequestParser()
        let head = Array("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n".utf8)
        head.withUnsafeBytes { parser.append($0) }
        #expect(try parser.next() == nil)
        #expect(parser.expectsContinue)
        parser.didContinue()
        #expect(!parser.expectsContinue)
        Array("ok".utf8).withUnsafeBytes { parser.append($0) }
        #expect(try parser.next()?.body == Array("ok".utf8))
    }

    @Test(
        "What is not HTTP/1.x is refused",
        arguments: [
            "nonsense\r\n\r\n", "GET\r\n\r\n", "GET  HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET x HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n: x\r\n\r\n",
            "GET /\u{e9} HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
        ])
    func malformed(text: String) {
        #expect(throws: RequestFlaw.malformed) { try parse(text) }
    }

    @Test("A chunked request is told to give a length where no chunks are taken")
    func chunked() {
        var limits = limits
        limits.takesChunks = false
        var parser = RequestParser(limits: limits)
        let head = Array("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        head.withUnsafeBytes { parser.append($0) }
        #expect(throws: RequestFlaw.lengthRequired) { try parser.next() }
    }

    @Test("Chunks are put together, however they are split", arguments: [1, 2, 3, 7, Int.max])
    func chunks(chunk: Int) throws {
        let head = "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        let requests = try parse(head + "5\r\nhello\r\n00A\r\n, ten more\r\n0\r\n\r\n" + send, chunk: chunk)
        #expect(requests.map { String(decoding: $0.body, as: UTF8.self) } == ["hello, ten more", "hello"])
    }

    @Test("A body in chunks is bounded like any other")
    func longChunks() {
        let head = "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        let half = "80000\r\n" + String(repeating: "a", count: 0x80000) + "\r\n"
        #expect(throws: RequestFlaw.bodyTooLong) { try parse(head + half + half + "1\r\n") }
        #expect(throws: RequestFlaw.bodyTooLong) { try parse(head + "7fffffff\r\n") }
    }
}
