import HTTP
import Engine
import Testing

/// One request after another, over handles that are used again: none inherits anything of an earlier one.
@Suite(.timeLimit(.minutes(10)))
@EventLoop
struct SuccessionTests {
    private struct Kind: CustomTestStringConvertible {
        let testDescription: String
        let method: HTTPRequest.Method
        var body: [UInt8]?
    }

    private static let kinds = [
        Kind(testDescription: "GET", method: .get),
        Kind(testDescription: "POST", method: .post, body: Array("post".utf8)),
        Kind(testDescription: "POST without a body", method: .post),
        Kind(testDescription: "DELETE", method: .delete),
        Kind(testDescription: "DELETE with a body", method: .delete, body: Array("delete".utf8)),
    ]

    @Test("Every kind after every kind arrives as itself")
    func everyKindAfterEveryKindArrivesAsItself() async throws {
        let transport = CurlTransport.forTests()
        for earlier in Self.kinds {
            for kind in Self.kinds {
                for (index, kind) in [earlier, kind].enumerated() {
                    let url = TestServer.shared.url("/echo")
                    var request = HTTPRequest(method: kind.method, url: url, body: kind.body)
                    let echo = try await transport.send(request)
                    #expect(echo.header("X-Method") == kind.method.rawValue)
                    #expect(echo.body == kind.body ?? [])

                    request.url = TestServer.shared.url("/head/\(index)")
                    request.headers = [HTTPHeader("X-Only-\(index)", "yes")]
                    let head = try await transport.send(request).text
                    #expect(head.hasPrefix("\(kind.method.rawValue) /head/\(index) HTTP/1.1\r\n"))
                    #expect(head.contains("X-Only-\(index): yes"))
                    #expect(!head.contains("X-Only-\(1 - index)"))
                    #expect(head.lowercased().contains("content-length") == (kind.method == .post || kind.body != nil))
                }
            }
        }
    }

    @Test("A timeout is of its request alone")
    func aTimeoutIsOfItsRequestAlone() async throws {
        let transport = CurlTransport.forTests()
        let url = TestServer.shared.url("/late")
        // Answered within its time-out: the handle goes on as it is.
        let quick = HTTPRequest(url: TestServer.shared.url("/ok"), timeout: .milliseconds(700))
        if await transport.failure(quick) == nil {
            #expect(try await transport.send(HTTPRequest(url: url)).text == "late")
        }
        let hanging = HTTPRequest(url: TestServer.shared.url("/hang"), timeout: .milliseconds(100))
        #expect(await transport.failure(hanging)?.kind == .timeout)
        #expect(try await transport.send(HTTPRequest(url: url)).text == "late")
    }

    @Test(
        "A failure leaves nothing in the next",
        arguments: ["/close", "/reset", "/short", "/broken-gzip", "/bomb", "/many-headers"])
    func aFailureLeavesNothingInTheNext(path: String) async throws {
        let transport = CurlTransport.forTests()
        #expect(await transport.failure(path) != nil)
        for _ in 0..<2 {
            let response = try await transport.get("/ok")
            #expect(response.status == 200)
            #expect(response.text == "ok")
            #expect(response.headers.count == 3)
        }
    }
}
