import BizgoAPI
import Engine
import Reconciliation
import Testing

/// The state of all messages of one send: requests, and what their answers say.
@EventLoop
@Suite struct RequestStatusTests {
    private let send = Question.request(RequestID("S1"))

    private func url(of id: String) async -> String? {
        let transport = ScriptedTransport(.success(HTTPResponse(status: 500)))
        let provider = BizgoProvider(transport: transport, generation: .comm, baseURL: "https://p.test") { "key" }
        _ = try? await provider.ask(.request(RequestID(id)))
        return transport.requests.count == 1 ? transport.requests[0].url : nil
    }

    private func messages(_ keys: String..., code: String = "10000") -> String {
        let list = keys.map { #"{"msgKey":"\#($0)","reportCode":"\#(code)"}"# }.joined(separator: ",")
        return envelope(content: #"{"messages":[\#(list)]}"#)
    }

    @Test(
        "The send is one segment of the path",
        arguments: [
            ("20260112-0001-", "20260112-0001-"), ("a/b", "a%2Fb"), ("../x", "..%2Fx"), ("a?b#c", "a%3Fb%23c"),
            ("키", "%ED%82%A4"), ("%2e", "%252e"),
        ])
    func theSendIsOneSegmentOfThePath(id: String, segment: String) async {
        #expect(await url(of: id) == "https://p.test/api/comm/v1/message/inquiry/requestId/" + segment)
    }

    @Test(
        "A send is its messages' key without the last three characters",
        arguments: [
            ("20260112-0001-001", "20260112-0001-"), ("a001", "a"), ("abc", nil), ("", nil), ("...01", nil),
            (".001", nil), ("..001", nil), ("키가나다", nil), ("a 01", nil), ("키001", "키"),
        ] as [(String, String?)])
    func aSendIsItsMessagesKeyWithoutItsLastThreeCharacters(key: String, id: String?) {
        #expect(RequestID(of: MessageKey(key))?.text == id)
    }

    @Test("The older generation is not asked")
    func theOlderGenerationIsNotAsked() async {
        let transport = ScriptedTransport(.success(HTTPResponse(status: 200)))
        let provider = BizgoProvider(
            transport: transport, generation: .omni(clientID: "client"), baseURL: "https://p.test"
        ) { "password" }
        await #expect { try await provider.ask(send) } throws: { ($0 as? QuestionFailure)?.kind == .rejected }
        #expect(transport.requests.isEmpty)
    }

    @Test("Every message and channel of the send is read")
    func everyMessageAndChannelOfTheSendIsRead() async {
        let list = """
            {"msgKey":"S1002","serviceType":"ALIMTALK","reportCode":"64016","reportText":"no user"},\
            {"msgKey":"S1001","serviceType":"ALIMTALK"},{"msgKey":"S1002","serviceType":"SMS","reportCode":"10000"}
            """
        let entries = await ask(about: send, envelope(content: #"{"messages":[\#(list)]}"#)).value
        #expect(entries?.map(\.key.text) == ["S1002", "S1001", "S1002"])
        #expect(entries?.map(\.code?.text) == ["64016", nil, "10000"])
        #expect(entries?.map(\.serviceType) == ["ALIMTALK", "ALIMTALK", "SMS"])
    }

    @Test("Messages of other sends are dropped")
    func messagesOfOtherSendsAreDropped() async {
        let body = messages("S1001", "S2001", "S10010", "S101", "xS1001", "s1001", "S1", "")
        #expect(await ask(about: send, body).value?.map(\.key.text) == ["S1001"])
    }

    @Test("An answer about other sends only is nonsense", arguments: ["S2001", "S1", "S10010", "S101"])
    func anAnswerAboutOtherSendsOnlyIsNonsense(key: String) async {
        let failure = await ask(about: send, messages(key)).failure
        #expect(failure == QuestionFailure(.nonsense, "answer about other messages only", transactionID: "tr-1"))
    }

    @Test("No such send and an empty list are answers that mention nobody")
    func noSuchSendAndAnEmptyListAreAnswersThatMentionNobody() async {
        #expect(await ask(about: send, status: 400, envelope("A000", "A820")) == .success([]))
        for list in ["[]", "null"] {
            #expect(await ask(about: send, envelope(content: #"{"messages":\#(list)}"#)) == .success([]))
        }
        for content in [nil, "null", "{}", #"{"report":[]}"#] {
            #expect(await ask(about: send, envelope(content: content)) == .success([]))
        }
    }

    @Test("A send of two hundred with two channels each is read")
    func aSendOfTwoHundredWithTwoChannelsEachIsRead() async {
        let list = (0..<200).flatMap { recipient -> [String] in
            let digits = String(recipient + 1000).dropFirst()
            return ["ALIMTALK", "SMS"].map {
                #"{"msgKey":"S1\#(digits)","serviceType":"\#($0)","reportCode":"64016"}"#
            }
        }
        let body = envelope(content: #"{"messages":[\#(list.joined(separator: ","))]}"#)
        let entries = await ask(about: send, body).value
        #expect(entries?.count == 400)
        #expect(Set(entries?.map(\.key) ?? []).count == 200)
    }

    @Test("One impossible code spoils the answer", arguments: ["[]", "true", "-1", #""<b>""#])
    func oneImpossibleCodeSpoilsTheAnswer(code: String) async {
        let list = #"{"msgKey":"S1001","reportCode":"10000"},{"msgKey":"S1002","reportCode":\#(code)}"#
        #expect(await ask(about: send, envelope(content: #"{"messages":[\#(list)]}"#)).failure?.kind == .nonsense)
    }

    @Test("Every beginning of an answer is nonsense")
    func everyBeginningOfAnAnswerIsNonsense() async {
        let whole = Array(messages("S1001", "S1002").utf8)
        for length in 0..<whole.count {
            #expect(await ask(about: send, Array(whole[..<length])).failure?.kind == .nonsense)
        }
        #expect(await ask(about: send, whole).value?.count == 2)
    }
}
