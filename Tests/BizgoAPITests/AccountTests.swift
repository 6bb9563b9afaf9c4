import BizgoAPI
import Engine
import Reconciliation
import Support
import Testing

/// Questions about the whole account: requests, and what their answers say.
@EventLoop
@Suite(.timeLimit(.minutes(10))) struct AccountTests {
    private static let day = KoreanDay(compact: "20260112")!
    private static let sender = SenderKey("5e1f0a9b12345678")!

    private func provider(_ body: some Sequence<UInt8>, status: Int = 200) -> (BizgoProvider, ScriptedTransport) {
        let transport = ScriptedTransport(.success(HTTPResponse(status: status, headers: [], body: Array(body))))
        return (BizgoProvider(transport: transport, generation: .comm, baseURL: "https://p.test") { "key" }, transport)
    }

    private func result<Answer>(
        _ ask: () async throws(QuestionFailure) -> Answer
    ) async -> Result<Answer, QuestionFailure> {
        do throws(QuestionFailure) { return .success(try await ask()) } catch { return .failure(error) }
    }

    private func statistics(_ body: some Sequence<UInt8>, status: Int = 200) async -> Result<
        [DailyStatistics], QuestionFailure
    > {
        await result { () throws(QuestionFailure) in
            try await provider(body, status: status).0.statistics(
                StatisticsQuestion(days: Self.day...Self.day.advanced(by: 1)))
        }
    }

    private func statistics(list: String...) async -> Result<[DailyStatistics], QuestionFailure> {
        await statistics(envelope(content: #"{"statistics":[\#(list.joined(separator: ","))]}"#).utf8)
    }

    private func profile(_ body: some Sequence<UInt8>, status: Int = 200) async -> Result<
        SenderProfile?, QuestionFailure
    > {
        await result { () throws(QuestionFailure) in
            try await provider(body, status: status).0.senderProfile(Self.sender)
        }
    }

    private func profile(_ members: String) async -> Result<SenderProfile?, QuestionFailure> {
        await profile(envelope(content: #"{"kakao":{"senderProfile":{\#(members)}}}"#).utf8)
    }

    private func sanction(_ body: some Sequence<UInt8>, status: Int = 200) async -> Result<
        SenderSanction?, QuestionFailure
    > {
        await result { () throws(QuestionFailure) in
            try await provider(body, status: status).0.senderSanction(Self.sender, on: Self.day)
        }
    }

    private func sanction(_ members: String) async -> Result<SenderSanction?, QuestionFailure> {
        await sanction(envelope(content: #"{"kakao":{"abusing":{\#(members)}}}"#).utf8)
    }

    /// An entry of a day; a total is what it says of each half.
    private func entry(
        _ day: String = "20260112", received: (Int, Int) = (10, 0), reported: (Int, Int) = (8, 1)
    ) -> String {
        #"{"statDate":"\#(day)","recvTotalCnt":\#(received.0 + received.1),"recvSuccCnt":\#(received.0),"#
            + #""recvFailCnt":\#(received.1),"reportTotalCnt":\#(reported.0 + reported.1),"#
            + #""reportSuccCnt":\#(reported.0),"reportFailCnt":\#(reported.1)}"#
    }

    // MARK: Requests

    @Test("Days, service type and sender go with the request")
    func daysServiceTypeAndSenderGoWithTheRequest() async throws {
        let (provider, transport) = provider(envelope().utf8)
        let days = Self.day...Self.day.advanced(by: 20)
        _ = try await provider.statistics(StatisticsQuestion(days: days))
        _ = try await provider.statistics(StatisticsQuestion(days: days, serviceType: "ALIM TALK&x"))
        _ = try await provider.senderProfile(try #require(SenderKey("a&b=c#d/%")))
        _ = try await provider.senderSanction(Self.sender, on: Self.day)
        let prefix = "https://p.test/api/comm/v1"
        #expect(
            transport.requests.map(\.url) == [
                prefix + "/message/statistics?startDate=20260112&endDate=20260201",
                prefix + "/message/statistics?startDate=20260112&endDate=20260201&serviceType=ALIM%20TALK%26x",
                prefix + "/center/kakao/sender?senderKey=a%26b%3Dc%23d%2F%25",
                prefix + "/center/kakao/abusing/block/sender?date=20260112&senderKey=5e1f0a9b12345678",
            ])
        #expect(transport.requests.allSatisfy { $0.method == .get })
        #expect(transport.requests.allSatisfy { $0.headers.contains(HTTPHeader("Authorization", "key")) })
    }

    // MARK: Statistics

    @Test("Each day asked about is there once, in order")
    func eachDayAskedAboutIsThereOnceInOrder() async {
        let days = await statistics(
            list: entry("20260113", received: (5, 2), reported: (0, 4)), entry("20260114"), entry("20260111"), entry()
        ).value
        #expect(
            days == [
                DailyStatistics(
                    day: Self.day, received: .init(total: 10, succeeded: 10, failed: 0),
                    reported: .init(total: 9, succeeded: 8, failed: 1)),
                DailyStatistics(
                    day: Self.day.advanced(by: 1), received: .init(total: 7, succeeded: 5, failed: 2),
                    reported: .init(total: 4, succeeded: 0, failed: 4)),
            ])
    }

    @Test("The parts of a day are added up, and what one of them does not say is not known")
    func thePartsOfADayAreAddedUp() async {
        let days = await statistics(
            list: entry(), entry(), #"{"statDate":"20260112","recvSuccCnt":1,"recvFailCnt":1}"#
        ).value
        #expect(days?.count == 1)
        #expect(days?.first?.received == .init(total: 22, succeeded: 21, failed: 1))
        #expect(days?.first?.reported == nil)
    }

    @Test("Counts are numbers, or texts that are", arguments: ["7", #""7""#, "7.0", "7e0"])
    func countsAreNumbersOrTextsThatAre(count: String) async {
        let days = await statistics(list: #"{"statDate":"20260112","recvSuccCnt":\#(count),"recvFailCnt":0}"#).value
        #expect(days?.first?.received == .init(total: 7, succeeded: 7, failed: 0))
    }

    @Test(
        "Counts that are not said are not known",
        arguments: [
            #"{"statDate":"20260112"}"#, #"{"statDate":"20260112","reportTotalCnt":3,"reportSuccCnt":null}"#,
            #"{"statDate":"20260112","reportSuccCnt":3,"reportFailCnt":null}"#,
        ])
    func countsThatAreNotSaidAreNotKnown(entry: String) async {
        let days = await statistics(list: entry).value
        #expect(days == [DailyStatistics(day: Self.day, received: nil, reported: nil)])
    }

    @Test(
        "No statistics are an answer",
        arguments: [
            nil, "null", "{}", #"{"statistics":null}"#, #"{"statistics":[]}"#, #"{"statistics":[{}]}"#,
            #"{"statistics":[{"statDate":null,"recvSuccCnt":1}]}"#, #"{"messages":[],"report":null}"#,
        ])
    func noStatisticsAreAnAnswer(content: String?) async {
        #expect(await statistics(envelope(content: content).utf8) == .success([]))
    }

    @Test(
        "Statistics of another shape are nonsense",
        arguments: [
            "[]", "1", #""x""#, #"{"statistics":{}}"#, #"{"statistics":7}"#, #"{"statistics":"x"}"#,
            #"{"statistics":[1]}"#, #"{"statistics":[null]}"#, #"{"statistics":[[]]}"#,
            #"{"statistics":[{"statDate":"2026-01-12"}]}"#, #"{"statistics":[{"statDate":["20260112"]}]}"#,
            #"{"statistics":[{"statDate":"20260112","recvSuccCnt":-1}]}"#,
            #"{"statistics":[{"statDate":"20260112","recvSuccCnt":1.5}]}"#,
            #"{"statistics":[{"statDate":"20260112","recvSuccCnt":1e30}]}"#,
            #"{"statistics":[{"statDate":"20260112","recvSuccCnt":9223372036854775807}]}"#,
            #"{"statistics":[{"statDate":"20260112","recvSuccCnt":true}]}"#,
            #"{"statistics":[{"statDate":"20260112","recvSuccCnt":"many"}]}"#,
            #"{"messages":[{"msgKey":"a-001","reportCode":"10000"}]}"#,
        ])
    func statisticsOfAnotherShapeAreNonsense(content: String) async {
        #expect(await statistics(envelope(content: content).utf8).failure?.kind == .nonsense)
    }

    @Test("Statistics of other days only are nonsense")
    func statisticsOfOtherDaysOnlyAreNonsense() async {
        let failure = await statistics(list: entry("20260111"), entry("20260114")).failure
        #expect(
            failure == QuestionFailure(.nonsense, "answer about another day or sender only", transactionID: "tr-1"))
    }

    // MARK: Profiles

    @Test("A profile says what is documented")
    func aProfileSaysWhatIsDocumented() async {
        let members =
            #""senderKey":"5E1F0A9B12345678","uuid":"@shop","name":" 가게 ","status":"A","block":false,"dormant":true,"#
            + #""profileStatus":"C","createdAt":"2020-01-01 00:00:00","profileSpamLevel":"정상","#
            + #""profileMessageSpamLevel":"경고제한","unsubscribePhoneNumber":"SECRET","new":[1]"#
        let profile = await profile(members).value ?? nil
        #expect(
            profile
                == SenderProfile(
                    status: "A", isDormant: true, profileStatus: "C", profileSpamLevel: "정상", messageSpamLevel: "경고제한",
                    uuid: "@shop", name: "가게"))
        #expect(profile?.trouble == .deactivated)
    }

    @Test("What a profile does not say is no trouble")
    func whatAProfileDoesNotSayIsNoTrouble() async {
        let members = #""block":null,"dormant":null,"status":"","profileStatus":null,"profileSpamLevel":" ""#
        #expect(await profile(members) == .success(SenderProfile()))
        #expect(await profile("") == .success(SenderProfile()))
    }

    @Test("Its texts are fit to be shown")
    func itsTextsAreFitToBeShown() async throws {
        let members = #""name":"shop\n010-1234-5678\u202e","uuid":"@a\u0001b""#
        let profile = try #require(await profile(members).value ?? nil)
        #expect(profile.name == "shop …")
        #expect(profile.uuid == "@a b")
    }

    @Test(
        "No profile is an answer",
        arguments: [nil, "null", "{}", #"{"kakao":null}"#, #"{"kakao":{}}"#, #"{"kakao":{"senderProfile":null}}"#])
    func noProfileIsAnAnswer(content: String?) async {
        #expect(await profile(envelope(content: content).utf8) == .success(nil))
    }

    @Test(
        "A profile of another shape is nonsense",
        arguments: [
            "[]", #"{"kakao":[]}"#, #"{"kakao":"x"}"#, #"{"kakao":{"senderProfile":[]}}"#,
            #"{"kakao":{"senderProfile":"A"}}"#, #"{"kakao":{"senderProfile":{"block":"no"}}}"#,
            #"{"kakao":{"senderProfile":{"block":0}}}"#, #"{"kakao":{"senderProfile":{"dormant":{}}}}"#,
            #"{"kakao":{"senderProfile":{"status":["A"]}}}"#, #"{"kakao":{"senderProfile":{"profileStatus":true}}}"#,
            #"{"kakao":{"senderProfile":{"senderKey":"another","block":true}}}"#,
            #"{"report":[{"msgKey":"a-001"}]}"#,
        ])
    func aProfileOfAnotherShapeIsNonsense(content: String) async {
        #expect(await profile(envelope(content: content).utf8).failure?.kind == .nonsense)
    }

    // MARK: Sanctions

    @Test("A sanction has a time in Korea and a reason")
    func aSanctionHasATimeInKoreaAndAReason() async {
        let members = #""restrictedAt":"2026-01-12 11:00:00","senderKey":"5e1f0a9b12345678","reasonType":"BZM""#
        let time = Timestamp(iso8601: "2026-01-12T02:00:00Z", defaultOffset: 0)
        #expect(await sanction(members) == .success(SenderSanction(restrictedAt: time, reasonType: "BZM")))
    }

    @Test("A sanction nobody can read the time of is one")
    func aSanctionNobodyCanReadTheTimeOfIsOne() async {
        #expect(await sanction(#""restrictedAt":"lately""#) == .success(SenderSanction()))
        #expect(await sanction(#""reasonType":"NEW""#) == .success(SenderSanction(reasonType: "NEW")))
    }

    @Test(
        "Nothing in it is no sanction",
        arguments: [
            nil, "null", "{}", #"{"kakao":null}"#, #"{"kakao":{}}"#, #"{"kakao":{"abusing":null}}"#,
            #"{"kakao":{"abusing":{}}}"#, #"{"kakao":{"abusing":{"senderKey":"5e1f0a9b12345678"}}}"#,
            #"{"kakao":{"abusing":{"restrictedAt":null,"reasonType":""}}}"#,
        ])
    func nothingInItIsNoSanction(content: String?) async {
        #expect(await sanction(envelope(content: content).utf8) == .success(nil))
    }

    @Test(
        "A sanction of another shape is nonsense",
        arguments: [
            #"{"kakao":1}"#, #"{"kakao":{"abusing":[]}}"#, #"{"kakao":{"abusing":{"restrictedAt":{}}}}"#,
            #"{"kakao":{"abusing":{"reasonType":false}}}"#,
            #"{"kakao":{"abusing":{"senderKey":"another","reasonType":"BZM"}}}"#,
        ])
    func aSanctionOfAnotherShapeIsNonsense(content: String) async {
        #expect(await sanction(envelope(content: content).utf8).failure?.kind == .nonsense)
    }

    // MARK: All of them

    @Test("No such data is nothing, unless there is some")
    func noSuchDataIsNothingUnlessThereIsSome() async {
        let empty = envelope("A000", "A820", content: #"{"statistics":[],"kakao":{"abusing":{},"senderProfile":null}}"#)
        for body in [envelope("A000", "A820"), empty] {
            #expect(await statistics(body.utf8, status: 400) == .success([]))
            #expect(await profile(body.utf8, status: 400) == .success(nil))
            #expect(await sanction(body.utf8, status: 400) == .success(nil))
        }
        let full = envelope("A000", "A820", content: #"{"kakao":{"senderProfile":{"block":true}}}"#).utf8
        #expect(await profile(full, status: 400).failure?.kind == .nonsense)
        let counted = envelope("A000", "A820", content: #"{"statistics":[\#(entry())]}"#).utf8
        #expect(await statistics(counted, status: 400).failure?.kind == .nonsense)
    }

    @Test(
        "Failures are judged as for every question",
        arguments: [
            ("A401", nil, 401, .refused), ("A000", "A020", 429, .rateLimited(retryAfter: nil)),
            ("A000", "A502", 400, .rejected), ("A000", "A910", 500, .unreachable), ("A503", nil, 200, .unreachable),
            ("A000", "A000", 404, .nonsense),
        ] as [(String, String?, Int, QuestionFailure.Kind)])
    func failuresAreJudgedAsForEveryQuestion(
        gateway: String, service: String?, status: Int, kind: QuestionFailure.Kind
    ) async {
        let body = envelope(gateway, service).utf8
        let failures = [
            await statistics(body, status: status).failure, await profile(body, status: status).failure,
            await sanction(body, status: status).failure,
        ]
        for failure in failures {
            #expect(failure?.kind == kind)
            #expect(failure?.transactionID == "tr-1")
            #expect(failure?.detail.contains("SECRET") == false)
            #expect(failure?.detail.contains(Self.sender.text) == false)
        }
    }

    @Test("Every beginning of an answer is nonsense")
    func everyBeginningOfAnAnswerIsNonsense() async {
        let whole = Array(envelope(content: #"{"statistics":[\#(entry())]}"#).utf8)
        for length in 0..<whole.count { #expect(await statistics(whole[..<length]).failure?.kind == .nonsense) }
        #expect(await statistics(whole).value?.count == 1)
    }
}
