import Testing

@testable import BizgoSimulator

@Suite("The HTTP parser")
struct HTTPRequestParserTests {
    private let send =
        "POST /api/comm/v1/send/omni?a=1 HTTP/1.1\r\nHost: x\r\ncontent-LENGTH:  5 \r\nauthorization:\tkey \r\n\r\nhello"

    private func parse(_ text: String, chunk: Int = .max) throws(HTTPParseError) -> [HTTPRequest] {
        var parser = HTTPRequestParser()
        var requests: [HTTPRequest] = []
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
        #expect(request.authorization == "key")
        #expect(request.body == Array("hello".utf8))
        #expect(request.keepAlive)
    }

    @Test("Pipelined requests come out one by one, in order", arguments: [1, 5, Int.max])
    func pipelined(chunk: Int) throws {
        let get = "GET /a HTTP/1.1\r\n\r\n"
        let requests = try parse(get + send + "\r\n" + "GET /b HTTP/1.0\r\n\r\n" + get, chunk: chunk)
        #expect(requests.map(\.path) == ["/a", "/api/comm/v1/send/omni", "/b", "/a"])
        #expect(requests.map(\.keepAlive) == [true, true, false, true])
    }

    @Test("Many requests on one connection do not let the buffer grow")
    func longLived() throws {
        var parser = HTTPRequestParser()
        let bytes = Array("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HT".utf8)
        let rest = Array("TP/1.1\r\n\r\n".utf8)
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
        #expect(try parse("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n").first?.keepAlive == false)
        #expect(try parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").first?.keepAlive == true)
    }

    @Test("Headers that are too long are refused, complete or not")
    func longHeaders() {
        let long = "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 17_000)
        #expect(throws: HTTPParseError.headersTooLong) { try parse(long) }
        #expect(throws: HTTPParseError.headersTooLong) { try parse(long + "\r\n\r\n", chunk: 1000) }
    }

    @Test("A body that is too long is refused before it is read, except below /_sim/")
    func longBody() throws {
        #expect(throws: HTTPParseError.bodyTooLong) {
            try parse("POST /api HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n")
        }
        #expect(try parse("POST /_sim/messages HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n").isEmpty)
    }

    @Test("A client that waits for 100 Continue is noticed once")
    func continues() throws {
        var parser = HTTPRequestParser()
        let head = Array("POST /a HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n".utf8)
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
            "nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
            "GET x HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n", "GET /\u{e9} HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: \r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "GET / HTTP/1.1\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
        ])
    func malformed(text: String) {
        #expect(throws: HTTPParseError.malformed) { try parse(text) }
    }

    @Test("A chunked request is told to give a length")
    func chunked() {
        #expect(throws: HTTPParseError.lengthRequired) {
            try parse("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        }
    }

    @Test("Query parameters are decoded")
    func parameters() {
        let request = HTTPRequest(
            "GET", "/x?requestTime=2026-01-12T11%3A00%3A00&a+b=1&empty=&serviceType=SMS,MMS&q=a+b%2B")
        #expect(request.parameter("requestTime") == "2026-01-12T11:00:00")
        #expect(request.parameter("empty") == "")
        #expect(request.parameter("serviceType") == "SMS,MMS")
        #expect(request.parameter("q") == "a b+")
        #expect(request.parameter("missing") == nil)
    }

    @Test("Percent-encoding is read strictly")
    func percent() {
        #expect(PercentEncoding.decode("a%2Fb%ED%95%9C+") == "a/b한+")
        #expect(PercentEncoding.decode("%") == nil)
        #expect(PercentEncoding.decode("%4") == nil)
        #expect(PercentEncoding.decode("%zz") == nil)
        #expect(PercentEncoding.decode("%ff") == nil)
    }
}
