import HTTP
import Engine
import Glibc
import Testing

/// Requests that are answered.
@Suite(.timeLimit(.minutes(10)))
@EventLoop
struct ExchangeTests {
    @Test("A response has its status, headers and body")
    func aResponseHasItsStatusHeadersAndBody() async throws {
        let response = try await CurlTransport.forTests().get("/ok")
        #expect(response.status == 200)
        #expect(response.text == "ok")
        #expect(response.header("X-TEST") == "one")
        #expect(response.headers.filter { $0.name.lowercased() == "x-test" }.map(\.value) == ["one", "two"])
    }

    @Test("A redirect is an answer and not followed")
    func aRedirectIsAnAnswerAndNotFollowed() async throws {
        let response = try await CurlTransport.forTests().get("/redirect")
        #expect(response.status == 302)
        #expect(response.header("location") == "/ok")
    }

    @Test("Headers of interim responses are not the response's")
    func headersOfInterimResponsesAreNotTheResponses() async throws {
        let response = try await CurlTransport.forTests().get("/interim")
        #expect(response.status == 200)
        #expect(response.header("X-Early") == nil)
        #expect(response.header("X-Late") == "yes")
    }

    @Test("The request arrives as it was written")
    func theRequestArrivesAsItWasWritten() async throws {
        let transport = CurlTransport.forTests()
        let headers = [
            HTTPHeader("Authorization", "key-1"), HTTPHeader("X-Empty", ""), HTTPHeader("X-Blank", "  "),
        ]
        let url = TestServer.shared.url("/head/%2E%2E/../a%2Fb?c=%20d")
        let head = try await transport.send(HTTPRequest(url: url, headers: headers)).text
        #expect(head.hasPrefix("GET /head/%2E%2E/../a%2Fb?c=%20d HTTP/1.1\r\n"))
        let lines = head.split(separator: "\r\n").dropFirst().map(String.init).sorted()
        #expect(lines.filter { $0.hasPrefix("Accept-Encoding") }.count == 1)
        #expect(
            lines.filter { !$0.hasPrefix("Accept-Encoding") } == [
                "Accept: */*", "Authorization: key-1", "Host: 127.0.0.1:\(TestServer.shared.port)",
                "User-Agent: bizgo-reconciler/test", "X-Blank:", "X-Empty:",
            ])
    }

    @Test("Cookies and headers of one request are not in the next")
    func cookiesAndHeadersOfOneRequestAreNotInTheNext() async throws {
        let transport = CurlTransport.forTests()
        let request = HTTPRequest(
            method: .post, url: TestServer.shared.url("/head"), headers: [HTTPHeader("Authorization", "key-1")],
            body: [1, 2, 3])
        _ = try await transport.send(request)
        let head = try await transport.get("/head").text
        #expect(head.hasPrefix("GET /head "))
        #expect(!head.contains("key-1"))
        #expect(!head.lowercased().contains("cookie"))
        #expect(!head.lowercased().contains("content-"))
    }

    @Test("A posted body arrives intact", arguments: [0, 1, 1_000, 3_000_000])
    func aPostedBodyArrivesIntact(size: Int) async throws {
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let transport = CurlTransport.forTests()
        let request = HTTPRequest(method: .post, url: TestServer.shared.url("/echo"), body: body)
        let response = try await transport.send(request)
        #expect(response.header("X-Method") == "POST")
        #expect(response.body == body)
    }

    @Test("A POST neither waits for 100 Continue nor calls itself a form")
    func aPostNeitherWaitsForContinueNorCallsItselfAForm() async throws {
        let transport = CurlTransport.forTests()
        var request = HTTPRequest(
            method: .post, url: TestServer.shared.url("/head"), body: Array(repeating: 120, count: 2_000_000))
        let bare = try await transport.send(request).text.lowercased()
        #expect(!bare.contains("expect:"))
        #expect(!bare.contains("content-type:"))
        request.headers = [HTTPHeader("Content-Type", "application/json")]
        #expect(try await transport.send(request).text.contains("Content-Type: application/json\r\n"))
    }

    @Test("A DELETE is a DELETE", arguments: [nil, Array("x".utf8)])
    func aDeleteIsADelete(body: [UInt8]?) async throws {
        let transport = CurlTransport.forTests()
        let request = HTTPRequest(method: .delete, url: TestServer.shared.url("/echo"), body: body)
        let response = try await transport.send(request)
        #expect(response.header("X-Method") == "DELETE")
        #expect(response.body == body ?? [])
    }

    @Test("A compressed body is unpacked")
    func aCompressedBodyIsUnpacked() async throws {
        #expect(try await CurlTransport.forTests().get("/gzip").text == "unpacked")
    }

    @Test("A body of exactly the limit arrives")
    func aBodyOfExactlyTheLimitArrives() async throws {
        #expect(try await CurlTransport.forTests().get("/fits").body.count == 16 << 20)
    }

    /// The variables are set for the whole process: the tests that run meanwhile prove the same.
    @Test("Proxies of the environment are not used")
    func proxiesOfTheEnvironmentAreNotUsed() async throws {
        for name in ["http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY"] {
            setenv(name, "http://127.0.0.1:9", 1)
        }
        #expect(try await CurlTransport.forTests().get("/ok").status == 200)
    }

    @Test("A configured proxy is used whatever the environment excepts")
    func aConfiguredProxyIsUsedWhateverTheEnvironmentExcepts() async throws {
        setenv("no_proxy", "*", 1)
        let server = TestServer.shared
        let transport = CurlTransport.forTests { $0.proxy = server.url("") }
        let response = try await transport.send(HTTPRequest(url: "http://provider.invalid/head"))
        #expect(response.text.contains("Host: provider.invalid\r\n"))
    }

    @Test("This host is reached without the proxy where that is wanted")
    func thisHostIsReachedWithoutTheProxyWhereThatIsWanted() async throws {
        let server = TestServer.shared
        let direct = CurlTransport.forTests {
            $0.proxy = "http://127.0.0.1:9"
            $0.sparesLoopback = true
        }
        for host in ["127.0.0.1", "localhost"] {
            let url = server.url("/ok").replacing("127.0.0.1", with: host)
            #expect(try await direct.send(HTTPRequest(url: url)).status == 200)
        }
        #expect(await direct.failure(HTTPRequest(url: "http://provider.invalid/ok")) != nil)
        let through = CurlTransport.forTests { $0.proxy = "http://127.0.0.1:9" }
        #expect(await through.failure(HTTPRequest(url: server.url("/ok"))) != nil)
    }
}
