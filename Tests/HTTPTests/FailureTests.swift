import HTTP
import Engine
import Testing

/// Requests that are not answered.
@Suite(.timeLimit(.minutes(10)))
@EventLoop
struct FailureTests {
    @Test("A refused connection is a connect error")
    func aRefusedConnectionIsAConnectError() async {
        let failure = await CurlTransport.forTests().failure(HTTPRequest(url: "http://127.0.0.1:1/secret"))
        #expect(failure == TransportError(.connect, "Couldn't connect to server"))
    }

    @Test("An unknown host is a resolve error")
    func anUnknownHostIsAResolveError() async {
        let failure = await CurlTransport.forTests().failure(HTTPRequest(url: "http://nobody.invalid/"))
        #expect(failure?.kind == .resolve)
        #expect(failure?.detail.contains("nobody") == false)
    }

    @Test("A broken answer is none", arguments: ["/close", "/reset", "/short", "/garbage", "/broken-gzip"])
    func aBrokenAnswerIsNone(path: String) async {
        #expect(await CurlTransport.forTests().failure(path)?.kind == .broken)
    }

    @Test("What is not HTTP is called so")
    func whatIsNotHTTPIsCalledSo() async {
        #expect(
            await CurlTransport.forTests().failure("/garbage") == TransportError(.broken, "the answer is not HTTP"))
    }

    @Test("An answer that takes too long times out", arguments: ["/hang", "/slow"])
    func anAnswerThatTakesTooLongTimesOut(path: String) async {
        let transport = CurlTransport.forTests { $0.timeout = .milliseconds(300) }
        let clock = ContinuousClock()
        let start = clock.now
        #expect(await transport.failure(path)?.kind == .timeout)
        #expect(start.duration(to: clock.now) >= .milliseconds(290))
        // Far above, as the loop is shared with every other test; the server would hang for 100 s.
        #expect(start.duration(to: clock.now) < .seconds(80))
    }

    @Test("What is broken off ends at once, and so do later requests")
    func whatIsBrokenOffEndsAtOnceAndLaterRequestsToo() async {
        let transport = CurlTransport.forTests()
        let begun = Count()
        let hanging = (0..<3).map { _ in
            Task {
                begun.value += 1
                return await transport.failure("/hang")
            }
        }
        while begun.value < 3 { await Task.yield() }
        #expect(transport.breakOff() == 3)
        for task in hanging { #expect(await task.value == TransportError(.broken, "cancelled")) }
        #expect(await transport.failure("/ok") == TransportError(.broken, "cancelled"))
        #expect(transport.breakOff() == 0)
    }

    @Test(
        "A timeout of nothing is not a timeout of forever", arguments: [Duration.zero, .seconds(-1), .nanoseconds(1)])
    func aTimeoutOfNothingIsNotATimeoutOfForever(timeout: Duration) async {
        let request = HTTPRequest(url: TestServer.shared.url("/hang"), timeout: timeout)
        #expect(await CurlTransport.forTests().failure(request)?.kind == .timeout)
    }

    @Test("A request's own timeout comes before the transport's")
    func aRequestsOwnTimeoutPrecedes() async {
        let request = HTTPRequest(url: TestServer.shared.url("/hang"), timeout: .milliseconds(100))
        #expect(await CurlTransport.forTests().failure(request)?.kind == .timeout)
    }

    @Test("An answer above the limit is refused", arguments: ["/announced", "/unannounced", "/bomb", "/many-headers"])
    func anAnswerAboveTheLimitIsRefused(path: String) async {
        #expect(await CurlTransport.forTests().failure(path)?.kind == .tooLarge)
    }

    @Test("A header with a line end is never sent", arguments: ["a\r\nX-Other: b", "a\nb", "a\rb", "a\0b", "a\u{7f}"])
    func aHeaderWithALineEndIsNeverSent(value: String) async {
        let request = HTTPRequest(url: TestServer.shared.url("/ok"), headers: [HTTPHeader("X-Key", value)])
        #expect(await CurlTransport.forTests().failure(request)?.kind == .invalid)
    }

    @Test("A header name that is none is never sent", arguments: ["", "X Key", "X:Key", "X-Key\r\nY", "Kéy"])
    func aHeaderNameThatIsNoneIsNeverSent(name: String) async {
        let request = HTTPRequest(url: TestServer.shared.url("/ok"), headers: [HTTPHeader(name, "a")])
        #expect(await CurlTransport.forTests().failure(request)?.kind == .invalid)
    }

    @Test(
        "An address that is none is never asked",
        arguments: [
            "file:///etc/passwd", "ftp://127.0.0.1/", "127.0.0.1/ok", "http:/127.0.0.1/", "http://", "",
            "http://user:word@127.0.0.1/", "http://127.0.0.1/a b", "http://127.0.0.1/é", "http://127.0.0.1/\r\nX: y",
            "http://127.0.0.1:99999/",
        ])
    func anAddressThatIsNoneIsNeverAsked(url: String) async {
        let failure = await CurlTransport.forTests().failure(HTTPRequest(url: url))
        #expect(failure?.kind == .invalid)
        #expect(failure?.detail.contains("127.0.0.1") == false)
    }

    @Test("A GET with a body is refused")
    func aGetWithABodyIsRefused() async {
        let request = HTTPRequest(url: TestServer.shared.url("/ok"), body: [1])
        #expect(await CurlTransport.forTests().failure(request)?.kind == .invalid)
    }

    @Test("An unreadable certificate file is a TLS error")
    func anUnreadableCertificateFileIsATLSError() async {
        let transport = CurlTransport.forTests { $0.caFile = "/nowhere/ca.pem" }
        let failure = await transport.failure(HTTPRequest(url: TestServer.shared.url("/ok", scheme: "https")))
        #expect(failure?.kind == .tls)
    }
}

/// How many have begun.
@EventLoop final class Count {
    var value = 0
}
