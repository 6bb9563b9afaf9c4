import BizgoAPI
import Engine
import Reconciliation
import Support
import Testing

/// Pages of the history of sends: requests, and what their answers say.
@EventLoop
@Suite(.timeLimit(.minutes(10))) struct HistoryTests {
    private static let noon = Timestamp(iso8601: "2026-01-12T12:00:00+09:00", defaultOffset: 0)!

    private func provider(
        _ body: some Sequence<UInt8>, status: Int = 200, generation: Generation = .comm
    ) -> (BizgoProvider, ScriptedTransport) {
        let transport = ScriptedTransport(.success(HTTPResponse(status: status, headers: [], body: Array(body))))
        return (
            BizgoProvider(transport: transport, generation: generation, baseURL: "https://p.test") { "key" }, transport
        )
    }

    private func url(_ question: HistoryQuestion) async -> String? {
        let (provider, transport) = provider(envelope(content: #"{"messages":[]}"#).utf8)
        _ = try? await provider.history(question)
        return transport.requests.count == 1 ? transport.requests[0].url : nil
    }

    private func page(_ body: some Sequence<UInt8>, status: Int = 200) async -> Result<HistoryPage, QuestionFailure> {
        do throws(QuestionFailure) {
            return .success(try await provider(body, status: status).0.history(HistoryQuestion(requestTime: Self.noon)))
        } catch {
            return .failure(error)
        }
    }

    private func page(content: String) async -> Result<HistoryPage, QuestionFailure> {
        await page(envelope(content: content).utf8)
    }

    private func status(_ key: String, _ members: String = #""reportCode":"10000""#) -> String {
        #"{"msgKey":"\#(key)",\#(members)}"#
    }

    // MARK: Requests

    @Test(
        "Times are Korean without an offset",
        arguments: [
            ("2026-01-12T12:00:00+09:00", "2026-01-12T12%3A00%3A00"),
            ("2026-01-12T15:30:59.999Z", "2026-01-13T00%3A30%3A59"),
            ("2025-12-31T15:00:00Z", "2026-01-01T00%3A00%3A00"),
            ("2026-01-12T00:00:00-05:00", "2026-01-12T14%3A00%3A00"),
        ])
    func timesAreKoreanWithoutAnOffset(moment: String, written: String) async throws {
        let time = try #require(Timestamp(iso8601: moment, defaultOffset: 0))
        #expect(
            await url(HistoryQuestion(requestTime: time))
                == "https://p.test/api/comm/v1/message/history?requestTime=\(written)&limit=1000")
    }

    @Test("The cursor is written as it came", arguments: [0, 1, -1, Int64.max, Int64.min])
    func theCursorIsWrittenAsItCame(cursor: Int64) async {
        let url = await url(HistoryQuestion(requestTime: Self.noon, cursor: cursor))
        #expect(url?.hasSuffix("?requestTime=2026-01-12T12%3A00%3A00&limit=1000&lastSeq=\(cursor)") == true)
    }

    @Test("The key goes with the page")
    func theKeyGoesWithThePage() async {
        let (provider, transport) = provider(envelope(content: #"{"messages":[]}"#).utf8)
        _ = try? await provider.history(HistoryQuestion(requestTime: Self.noon))
        #expect(transport.requests.first?.method == .get)
        #expect(transport.requests.first?.body == nil)
        #expect(transport.requests.first?.headers.contains(HTTPHeader("Authorization", "key")) == true)
    }

    @Test("The older generation has no history and is not asked")
    func theOlderGenerationHasNoHistoryAndIsNotAsked() async {
        let (provider, transport) = provider([], generation: .omni(clientID: "client"))
        await #expect { try await provider.history(HistoryQuestion(requestTime: Self.noon)) } throws: { error in
            (error as? QuestionFailure)?.kind == .rejected
        }
        #expect(transport.requests.isEmpty)
    }

    // MARK: Answers

    @Test("A page has the entries of several messages in its order")
    func aPageHasTheEntriesOfSeveralMessagesInItsOrder() async throws {
        let members = #""serviceType":"SMS","requestTime":"2026-01-12T11:00:00","reportTime":"2026-01-12T11:00:05""#
        let list = [
            status("b-001", #""serviceType":"ALIMTALK","to":"SECRET","reportCode":"64016","reportText":"no user""#),
            status("a-001", #""serviceType":"ALIMTALK","reportCode":null"#), status("b-001", members),
            #"{"reportCode":"10000"}"#, status("", #""reportCode":"10000""#), status("c-001"),
        ]
        let page = try #require(
            await page(content: #"{"messages":[\#(list.joined(separator: ","))],"lastSeq":7,"hasNext":true}"#).value)
        #expect(page.entries.map(\.key.text) == ["b-001", "a-001", "b-001", "c-001"], "and none of nobody's")
        #expect(page.entries.map(\.code?.text) == ["64016", nil, nil, "10000"])
        #expect(page.entries.map(\.serviceType) == ["ALIMTALK", "ALIMTALK", "SMS", nil])
        #expect(page.entries[2].requestedAt == Self.noon - .seconds(3600), "Korean time, as it has no offset")
        #expect(page.entries[2].reportedAt == Self.noon - .seconds(3595))
        #expect(!"\(page)".contains("SECRET"), "the number it went to is not kept")
        #expect(page.cursor == 7)
        #expect(page.hasNext == true)
    }

    @Test(
        "The cursor is a number or a text that is one",
        arguments: [
            ("17", 17), (#""17""#, 17), ("0", 0), ("-3", -3), ("1e3", 1000), ("9223372036854775807", .max),
            (#""9223372036854775807""#, .max), ("9223372036854775808", nil), ("1.5", nil), ("1e99", nil),
            (#""""#, nil), (#"" 17""#, nil), (#""next""#, nil), ("null", nil), ("true", nil), ("[17]", nil),
            ("{}", nil),
        ] as [(String, Int64?)])
    func theCursorIsANumberOrATextThatIsOne(json: String, cursor: Int64?) async {
        let page = await page(content: #"{"messages":[\#(status("a-001"))],"lastSeq":\#(json),"hasNext":true}"#).value
        #expect(page?.cursor == cursor)
        #expect(page?.entries.count == 1, "what the page holds is evidence, whatever its cursor is")
    }

    @Test(
        "Only true and false say whether there are more",
        arguments: [
            ("true", true), ("false", false), ("null", nil), ("0", nil), ("1", nil), (#""false""#, nil),
            (#""true""#, nil), ("[]", nil),
        ] as [(String, Bool?)])
    func onlyTrueAndFalseSayWhetherThereAreMore(json: String, hasNext: Bool?) async {
        let page = await page(content: #"{"messages":[\#(status("a-001"))],"lastSeq":1,"hasNext":\#(json)}"#).value
        #expect(page?.hasNext == hasNext, "anything else would end a sweep that is not at its end")
        #expect(page?.entries.count == 1)
        #expect(page?.cursor == 1)
    }

    @Test("What is not said of further pages is not known")
    func whatIsNotSaidOfFurtherPagesIsNotKnown() async {
        let page = await page(content: #"{"messages":[\#(status("a-001"))]}"#).value
        #expect(page?.cursor == nil)
        #expect(page?.hasNext == nil)
        #expect(page?.entries.count == 1)
    }

    @Test(
        "An empty page is an answer",
        arguments: [
            #"{"messages":[],"lastSeq":null,"hasNext":false}"#, #"{"messages":null,"hasNext":false}"#,
        ])
    func anEmptyPageIsAnAnswer(content: String) async {
        #expect(await page(content: content) == .success(HistoryPage(entries: [], cursor: nil, hasNext: false)))
    }

    @Test("A page that says nothing is empty and has no next", arguments: [nil, "null", "{}", #"{"report":[]}"#])
    func aPageThatSaysNothingIsEmptyAndHasNoNext(content: String?) async {
        let page = await page(envelope(content: content).utf8)
        #expect(page == .success(HistoryPage(entries: [], cursor: nil, hasNext: nil)))
    }

    @Test("A page without its list still says whether there is more")
    func aPageWithoutItsListStillSaysWhetherThereIsMore() async {
        let more = await page(content: #"{"lastSeq":1,"hasNext":true}"#)
        #expect(more == .success(HistoryPage(entries: [], cursor: 1, hasNext: true)))
        let last = await page(content: #"{"hasNext":false}"#)
        #expect(last == .success(HistoryPage(entries: [], cursor: nil, hasNext: false)))
    }

    @Test("No such data is no end")
    func noSuchDataIsNoEnd() async {
        for status in [200, 400, 404] {
            let answer = await page(envelope("A000", "A820").utf8, status: status)
            #expect(answer == .success(HistoryPage(entries: [], cursor: nil, hasNext: nil)))
        }
        let full = envelope("A000", "A820", content: #"{"messages":[\#(status("a-001"))]}"#)
        #expect(await page(full.utf8).failure?.kind == .nonsense)
    }

    @Test(
        "A page whose list is something else is nonsense",
        arguments: [
            #"{"messages":{}}"#, #"{"messages":"x"}"#, #"{"messages":1}"#, #"{"messages":[1]}"#,
            #"{"messages":[null]}"#,
            #"{"messages":[{"msgKey":["a-001"]}]}"#, "[]", "1",
            #"{"report":[{"msgKey":"a-001","reportCode":"10000"}]}"#,
        ])
    func aPageWhoseListIsSomethingElseIsNonsense(content: String) async {
        #expect(await page(content: content).failure?.kind == .nonsense)
    }

    @Test("One impossible code spoils its page")
    func oneImpossibleCodeSpoilsItsPage() async {
        let good = status("a-001")
        for code in ["[]", "true", "-1", #""64 008""#, #""\u202e10000""#] {
            let list = good + "," + status("b-001", #""reportCode":\#(code)"#)
            #expect(await page(content: #"{"messages":[\#(list)],"hasNext":false}"#).failure?.kind == .nonsense)
        }
    }

    @Test(
        "Failures are judged as for every question",
        arguments: [
            ("A401", nil, 401, .refused), ("A000", "A020", 429, .rateLimited(retryAfter: nil)),
            ("A000", "A213", 400, .rejected), ("A000", "A910", 500, .unreachable), ("A503", nil, 200, .unreachable),
        ] as [(String, String?, Int, QuestionFailure.Kind)])
    func failuresAreJudgedAsForEveryQuestion(
        gateway: String, service: String?, status: Int, kind: QuestionFailure.Kind
    ) async {
        let failure = await page(envelope(gateway, service).utf8, status: status).failure
        #expect(failure?.kind == kind)
        #expect(failure?.transactionID == "tr-1")
        #expect(failure?.detail.contains("SECRET") == false)
    }

    // MARK: Hostile

    @Test("Every beginning of a page is nonsense")
    func everyBeginningOfAPageIsNonsense() async {
        let whole = Array(envelope(content: #"{"messages":[\#(status("a-001"))],"lastSeq":1,"hasNext":true}"#).utf8)
        for length in 0..<whole.count { #expect(await page(whole[..<length]).failure?.kind == .nonsense) }
        #expect(await page(whole).value?.entries.count == 1)
    }

    @Test("A damaged page never tells of a delivery")
    func aDamagedPageNeverTellsOfADelivery() async {
        var generator = SeededGenerator(seed: 7)
        let members = #""serviceType":"SMS","reportCode":"64008","requestTime":"2026-01-12T11:00:00""#
        let list = "\(status("a-001", members)),\(status("b-001", members))"
        let whole = Array(envelope(content: #"{"messages":[\#(list)],"lastSeq":12,"hasNext":true}"#).utf8)
        let alphabet = Array(#"{}[]",:\0123456789eE+-.ntf "#.utf8) + [0, 0x80, 0xff]
        for _ in 0..<3000 {
            var body = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<body.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: body[place] = alphabet.randomElement(using: &generator) ?? 0
                case 1: body.remove(at: place)
                default: body.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
                }
            }
            let entries = await page(body).value?.entries ?? []
            #expect(entries.count <= 2)
            #expect(entries.allSatisfy { $0.code != .delivered })
            #expect(entries.allSatisfy { !$0.key.text.isEmpty })
        }
    }
}
