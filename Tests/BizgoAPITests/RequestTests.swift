import BizgoAPI
import Engine
import Reconciliation
import Testing

@EventLoop
struct RequestTests {
    private static func request(for question: Question, baseURL: String = "https://mars.ibapi.kr") async -> HTTPRequest?
    {
        let transport = ScriptedTransport(.success(HTTPResponse(status: 500)))
        let provider = BizgoProvider(transport: transport, generation: .comm, baseURL: baseURL) { "raw-key" }
        _ = try? await provider.ask(question)
        return transport.requests.count == 1 ? transport.requests[0] : nil
    }

    @Test("Reports are asked for by key")
    func reportsAreAskedForByKey() async {
        let request = await Self.request(for: .reports(MessageKey("abc-1")))
        #expect(request?.method == .get)
        #expect(request?.url == "https://mars.ibapi.kr/api/comm/v1/report/inquiry/abc-1")
        #expect(request?.headers.contains(HTTPHeader("Authorization", "raw-key")) == true)
        #expect(request?.body == nil)
        #expect(request?.timeout == nil, "the transport's own")
    }

    @Test("Channels are asked for by key")
    func channelsAreAskedForByKey() async {
        let request = await Self.request(for: .channels(MessageKey("abc-1")))
        #expect(request?.url == "https://mars.ibapi.kr/api/comm/v1/message/inquiry/msgKey/abc-1")
    }

    @Test(
        "A slash at the end of the base address makes no difference",
        arguments: ["http://127.0.0.1:8080", "http://127.0.0.1:8080/", "http://127.0.0.1:8080//"])
    func aSlashAtTheBasesEndMakesNoDifference(base: String) async {
        let request = await Self.request(for: .reports(MessageKey("k")), baseURL: base)
        #expect(request?.url == "http://127.0.0.1:8080/api/comm/v1/report/inquiry/k")
    }

    @Test(
        "A key is one segment of the path",
        arguments: [
            ("AZaz09-._~", "AZaz09-._~"), ("a/b", "a%2Fb"), ("a?b#c", "a%3Fb%23c"), ("a b+c", "a%20b%2Bc"),
            ("%2F", "%252F"), ("키", "%ED%82%A4"), ("../x", "..%2Fx"), ("...", "..."), ("a\r\n\0", "a%0D%0A%00"),
            ("a:@!$&'()*,;=", "a%3A%40%21%24%26%27%28%29%2A%2C%3B%3D"), (".a", ".a"), ("%2e%2e", "%252e%252e"),
        ])
    func aKeyIsOneSegmentOfThePath(text: String, segment: String) async {
        let request = await Self.request(for: .reports(MessageKey(text)))
        #expect(request?.url == "https://mars.ibapi.kr/api/comm/v1/report/inquiry/" + segment)
    }

    @Test("A key that names another path is not asked about", arguments: ["", ".", ".."])
    func aKeyThatNamesAnotherPathIsNotAskedAbout(text: String) async {
        let transport = ScriptedTransport(.success(HTTPResponse(status: 200)))
        let provider = BizgoProvider(transport: transport, generation: .comm, baseURL: "https://p.test") { "key" }
        for question in [Question.reports(MessageKey(text)), .channels(MessageKey(text))] {
            await #expect { try await provider.ask(question) } throws: { error in
                (error as? QuestionFailure)?.kind == .rejected
            }
        }
        #expect(transport.requests.isEmpty)
    }

    @Test("The key is read for every question")
    func theKeyIsReadForEveryQuestion() async {
        let transport = ScriptedTransport(.success(HTTPResponse(status: 500)))
        var current = 0
        let provider = BizgoProvider(transport: transport, generation: .comm, baseURL: "https://p.test") {
            current += 1
            return "key-\(current)"
        }
        _ = try? await provider.ask(.reports(key))
        _ = try? await provider.ask(.reports(key))
        let keys = transport.requests.compactMap { $0.headers.first { $0.name == "Authorization" }?.value }
        #expect(keys == ["key-1", "key-2"])
        #expect(provider.canAskChannels)
    }

    @Test(
        "What keeps an answer from arriving is a failure",
        arguments: [
            (TransportError.Kind.resolve, QuestionFailure.Kind.unreachable), (.connect, .unreachable),
            (.tls, .unreachable),
            (.timeout, .unreachable), (.broken, .unreachable), (.tooLarge, .nonsense), (.invalid, .refused),
        ])
    func whatKeepsAnAnswerFromArrivingIsAFailure(kind: TransportError.Kind, expected: QuestionFailure.Kind) async {
        let transport = ScriptedTransport(.failure(TransportError(kind, "words")))
        let provider = BizgoProvider(transport: transport, generation: .comm, baseURL: "https://p.test") { "key" }
        await #expect { try await provider.ask(.reports(key)) } throws: { error in
            guard let failure = error as? QuestionFailure else { return false }
            return failure.kind == expected && !failure.detail.isEmpty && !failure.detail.contains("p.test")
        }
    }
}
