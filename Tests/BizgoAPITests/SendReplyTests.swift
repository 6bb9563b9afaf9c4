import BizgoAPI
import Engine
import Reconciliation
import Testing

/// What came of a send: accepted, a plain no, or not known.
@EventLoop
@Suite struct SendReplyTests {
    private func reply(
        to body: String, status: Int = 200, headers: [HTTPHeader] = [], recipients: Int = 1
    ) async -> SendReply {
        let response = HTTPResponse(status: status, headers: headers, body: Array(body.utf8))
        let provider = BizgoProvider(
            transport: ScriptedTransport(.success(response)), generation: .comm, baseURL: "https://p.test"
        ) { "key" }
        return await provider.send([], recipients: recipients)
    }

    private let accepted = #"{"destinations":[{"to":"0","msgKey":"K1","code":"A000"}]}"#

    @Test("the request is put as it is, with the key")
    func theRequestIsPutAsItIs() async {
        let transport = ScriptedTransport(.success(HTTPResponse(status: 200)))
        let provider = BizgoProvider(transport: transport, generation: .comm, baseURL: "https://p.test/") { "key" }
        _ = await provider.send(Array("{}".utf8), recipients: 1)
        #expect(transport.requests.map(\.url) == ["https://p.test/api/comm/v1/send/omni"])
        #expect(transport.requests.map(\.method) == [.post])
        #expect(transport.requests.first?.body == Array("{}".utf8))
        #expect(transport.requests.first?.headers.contains(HTTPHeader("Authorization", "key")) == true)
        #expect(transport.requests.first?.headers.contains(HTTPHeader("Content-Type", "application/json")) == true)
    }

    @Test("an answer about every recipient")
    func anAnswerAboutEveryRecipient() async {
        let reply = await reply(to: envelope(content: accepted))
        #expect(reply == .answered([.init(code: "A000", key: MessageKey("K1"))]))
    }

    @Test("an answer about more recipients, or fewer, or none, says nothing")
    func anAnswerAboutOthers() async {
        for (body, recipients) in [(accepted, 2), ("{}", 1), (#"{"destinations":[]}"#, 1), ("null", 1)] {
            let reply = await reply(to: envelope(content: body), recipients: recipients)
            #expect(reply.isUnknown)
        }
    }

    @Test("a known idempotency key, for the whole request")
    func aKnownIdempotencyKey() async {
        #expect(await reply(to: envelope("A000", "A301"), status: 400) == .duplicate)
        #expect(await reply(to: envelope("A000", "A301")) == .duplicate)
    }

    @Test(
        "a plain no",
        arguments: [
            (401, "A401", nil), (200, "A401", nil), (400, "A000", "A300"), (200, "A000", "A320"), (404, nil, nil),
        ])
    func aPlainNo(_ status: Int, _ gateway: String?, _ service: String?) async {
        let reply = await reply(to: gateway == nil ? "" : envelope(gateway, service), status: status)
        guard case .refused(let detail) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(!detail.contains("SECRET"))
    }

    @Test("over the limit: not now")
    func overTheLimit() async {
        let reply = await reply(
            to: envelope("A000", "A020"), status: 429, headers: [HTTPHeader("Retry-After", "3")])
        guard case .notNow(_, let pause) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(pause == .seconds(3))
    }

    @Test(
        "what says nothing of whether it was accepted",
        arguments: [
            (500, ""), (502, "<html>"), (200, ""), (200, "<html>"), (200, #"{"data":{}}"#),
            (200, #"{"common":{"authCode":"A000"}}"#), (200, #"{"common":{"authCode":"A000"},"data":{"code":"Z999"}}"#),
            (400, #"{"common":{"authCode":"A000"},"data":{"code":"A910"}}"#), (408, ""),
            (200, #"{"common":{"authCode":"A000"},"data":{"code":"A820"}}"#),
        ])
    func whatSaysNothing(_ status: Int, _ body: String) async {
        let reply = await reply(to: body, status: status)
        #expect(reply.isUnknown, "\(reply)")
    }

    @Test("no answer at all", arguments: [TransportError.Kind.timeout, .broken, .connect, .resolve, .tls, .tooLarge])
    func noAnswerAtAll(_ kind: TransportError.Kind) async {
        let transport = ScriptedTransport(.failure(TransportError(kind, "words")))
        let provider = BizgoProvider(transport: transport, generation: .comm, baseURL: "https://p.test") { "key" }
        #expect(await provider.send([], recipients: 1).isUnknown)
    }

    @Test("generation omni cannot send")
    func omniCannotSend() async {
        let transport = ScriptedTransport(.success(HTTPResponse(status: 200)))
        let provider = BizgoProvider(
            transport: transport, generation: .omni(clientID: "c"), baseURL: "https://p.test"
        ) { "password" }
        guard case .refused = await provider.send([], recipients: 1) else {
            Issue.record("sent")
            return
        }
        #expect(transport.requests.isEmpty)
    }

    @Test("a page of the history names the messages that are ours")
    func aPageNamesOurs() async throws {
        let content = """
            {"messages":[{"msgKey":"K1","ref":"bzr-1.1"},{"msgKey":"K2","ref":"order 7"},{"msgKey":"K3"},
             {"msgKey":"K4","ref":"bzr-2.200","reportCode":"10000"}],"lastSeq":7,"hasNext":true}
            """
        let transport = ScriptedTransport(
            .success(HTTPResponse(status: 200, body: Array(envelope(content: content).utf8))))
        let provider = BizgoProvider(transport: transport, generation: .comm, baseURL: "https://p.test") { "key" }
        let page = try await provider.sent(HistoryQuestion(requestTime: Timestamp(seconds: 1_800_000_000)))
        #expect(
            page.keys == [
                SendKey("bzr-1").reference(0): MessageKey("K1"), SendKey("bzr-2").reference(199): MessageKey("K4"),
            ])
        #expect(page.cursor == 7)
        #expect(page.hasNext == true)
    }
}

extension SendReply {
    fileprivate var isUnknown: Bool { if case .unknown = self { true } else { false } }
}
