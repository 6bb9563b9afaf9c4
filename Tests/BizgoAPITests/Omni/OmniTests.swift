import BizgoAPI
import Engine
import Reconciliation
import Support
import Testing

/// Generation `omni` as it is spoken over HTTP.
@EventLoop
struct OmniTests {
    private let time = VirtualTime()
    private let transport = AnsweringTransport()
    private let provider: BizgoProvider

    init() {
        provider = BizgoProvider(
            transport: transport, generation: .omni(clientID: "id-1"), baseURL: "https://o.test/", time: time
        ) { "hunter2" }
    }

    private func failure(_ body: () async throws(QuestionFailure) -> Void) async -> QuestionFailure? {
        do throws(QuestionFailure) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    private func put(_ status: Int, _ body: String) async -> Result<[ReportEntry], QuestionFailure> {
        transport.answers = [(200, granted), (status, body)]
        if provider.access != .granted { try? await provider.obtainAccess() } else { transport.answers.removeFirst() }
        do throws(QuestionFailure) {
            return .success(try await provider.ask(.reports(key)))
        } catch {
            return .failure(error)
        }
    }

    @Test("A token is asked for with the client's id and password")
    func aTokenIsAskedForWithTheClientsIdAndPassword() async throws {
        #expect(provider.access == .lacking)
        transport.answers = [(200, granted)]
        try await provider.obtainAccess()
        #expect(provider.access == .granted)
        let request = try #require(transport.requests.first)
        #expect(request.method == .post)
        #expect(request.url == "https://o.test/v1/auth/token")
        #expect(request.body == nil)
        #expect(request.headers.contains(HTTPHeader("X-IB-Client-Id", "id-1")))
        #expect(request.headers.contains(HTTPHeader("X-IB-Client-Passwd", "hunter2")))
        #expect(!request.headers.contains { $0.name == "Authorization" })
    }

    @Test("Questions are asked with the token and nothing else")
    func questionsAreAskedWithTheTokenAndNothingElse() async throws {
        #expect(
            await put(200, #"{"code":"A000","result":"x","data":{"report":[\#(report())]}}"#).value?.first?.code
                == .delivered)
        let request = try #require(transport.requests.last)
        #expect(request.url == "https://o.test/v1/report/inquiry/" + key.text)
        #expect(request.method == .get)
        let names = request.headers.map(\.name)
        #expect(names == ["Authorization", "Accept"])
        #expect(request.headers.first?.value == "Bearer t0ken")
    }

    @Test("Without a token nothing is asked")
    func withoutATokenNothingIsAsked() async {
        #expect(await failure { () throws(QuestionFailure) in _ = try await provider.poll() }?.kind == .lapsed)
        #expect(transport.requests.isEmpty)
    }

    @Test("What omni does not have is not asked")
    func whatOmniDoesNotHaveIsNotAsked() async throws {
        transport.answers = [(200, granted)]
        try? await provider.obtainAccess()
        #expect(provider.endpoints == [.token, .reportInquiry, .polling, .pollingAck])
        #expect(!provider.canAskChannels)
        let channels = await failure { () throws(QuestionFailure) in _ = try await provider.ask(.channels(key)) }
        let history = await failure { () throws(QuestionFailure) in
            _ = try await provider.history(HistoryQuestion(requestTime: time.now))
        }
        let today = KoreanDay(time.now)
        let sender = try #require(SenderKey("5e1f0a"))
        let statistics = await failure { () throws(QuestionFailure) in
            _ = try await provider.statistics(StatisticsQuestion(days: today...today))
        }
        let profile = await failure { () throws(QuestionFailure) in _ = try await provider.senderProfile(sender) }
        let sanction = await failure { () throws(QuestionFailure) in
            _ = try await provider.senderSanction(sender, on: today)
        }
        #expect(channels?.kind == .rejected)
        #expect(history?.kind == .rejected)
        #expect(statistics?.kind == .rejected)
        #expect(profile?.kind == .rejected)
        #expect(sanction?.kind == .rejected)
        #expect(sanction?.detail == "not asked: this generation of the API has no sender_sanction")
        #expect(transport.requests.count == 1)
    }

    @Test("Polling and its acknowledgement")
    func pollingAndItsAcknowledgement() async throws {
        transport.answers = [
            (200, granted), (200, #"{"code":"A000","data":{"reportId":"R/1","report":[\#(report())]}}"#),
            (200, #"{"code":"A000","result":"x"}"#), (200, #"{"code":"A000","data":{"reportId":"","report":null}}"#),
        ]
        try await provider.obtainAccess()
        let batch = try #require(try await provider.poll())
        #expect(batch.id == "R/1")
        #expect(batch.entries.count == 1)
        try await provider.acknowledge(batch.id)
        #expect(transport.requests.last?.url == "https://o.test/v1/report/polling/R%2F1")
        #expect(transport.requests.last?.method == .delete)
        #expect(try await provider.poll() == nil)
    }

    @Test(
        "No report yet is an answer",
        arguments: [
            #"{"code":"A000","data":{"report":[]}}"#, #"{"code":"A000","data":{"report":null}}"#,
            #"{"code":"A000","data":null}"#, #"{"code":"A820","result":"x"}"#,
            #"{"code":"A820","data":{"report":null}}"#,
            #"{"code":"A000"}"#, #"{"code":"A000","data":{}}"#, "\u{feff}" + #"{"code":"A000","data":{"messages":[]}}"#,
        ])
    func noReportYetIsAnAnswer(body: String) async {
        #expect(await put(200, body) == .success([]))
        #expect(await put(400, #"{"code":"A820"}"#) == .success([]))
    }

    @Test(
        "Answers that are none",
        arguments: [
            (200, "", QuestionFailure.Kind.nonsense), (200, "{}", .nonsense), (200, "<html>", .nonsense),
            (200, #"{"code":"A000","data":[]}"#, .nonsense), (200, #"{"code":"A000","data":{"report":{}}}"#, .nonsense),
            (200, #"{"code":"A000","data":{"report":[{"msgKey":"another","reportCode":"10000"}]}}"#, .nonsense),
            (200, #"{"common":{"authCode":"A000"},"data":{"code":"A000","data":{"report":[]}}}"#, .nonsense),
            (400, #"{"code":"A000","data":{"report":[]}}"#, .nonsense),
            (200, #"{"code":"A820","data":{"report":[{"msgKey":"another"}]}}"#, .nonsense),
            (429, "", .rateLimited(retryAfter: nil)), (200, #"{"code":"A020"}"#, .rateLimited(retryAfter: nil)),
            (200, #"{"code":"A100"}"#, .refused), (403, "", .refused), (403, #"{"code":"A110"}"#, .refused),
            (302, "", .refused), (404, "", .refused), (404, #"{"code":"A404"}"#, .refused), (405, "<html>", .refused),
            (400, #"{"code":"A404"}"#, .rejected), (400, #"{"code":"A401"}"#, .lapsed),
            (200, #"{"code":"A401","result":"x"}"#, .lapsed),
            (403, #"{"code":"A802"}"#, .rejected),
            (200, #"{"code":"A999"}"#, .unreachable), (503, #"{"code":"A920"}"#, .unreachable),
            (500, #"{"code":"A001"}"#, .unreachable), (401, "", .lapsed), (401, #"{"code":"A000"}"#, .lapsed),
            (401, #"{"code":"A820"}"#, .lapsed), (200, #"{"code":"A001"}"#, .lapsed),
            (403, #"{"code":"A002"}"#, .lapsed),
        ])
    func answersThatAreNone(status: Int, body: String, kind: QuestionFailure.Kind) async {
        #expect(await put(status, body).failure?.kind == kind)
    }

    @Test("A second refusal is final")
    func aSecondRefusalIsFinal() async {
        #expect(await put(401, "").failure?.kind == .lapsed)
        #expect(provider.access == .lacking)
        let second = await put(401, #"{"code":"A001"}"#).failure
        #expect(second?.kind == .refused)
        #expect(
            second?.detail
                == "HTTP 401, service A001: token out of date. See api.client_id and api.client_password_file")
        #expect(provider.access == .granted)
    }

    @Test(
        "Tokens that are none",
        arguments: [
            (401, #"{"code":"A100"}"#, QuestionFailure.Kind.refused), (403, #"{"code":"A002"}"#, .refused),
            (200, #"{"code":"A100"}"#, .refused), (429, #"{"code":"A020"}"#, .rateLimited(retryAfter: nil)),
            (200, #"{"code":"A401"}"#, .refused), (400, #"{"code":"A401"}"#, .refused),
            (400, #"{"code":"A213"}"#, .refused), (200, #"{"code":"A777"}"#, .refused),
            (503, "", .unreachable), (200, "<html>", .nonsense), (200, #"{"code":"A820"}"#, .nonsense),
            (200, #"{"code":"A000"}"#, .nonsense), (200, #"{"code":"A000","data":null}"#, .nonsense),
            (200, #"{"code":"A000","data":{"token":"t"}}"#, .nonsense),
            (200, #"{"code":"A000","data":{"schema":"","token":"t"}}"#, .nonsense),
            (200, #"{"code":"A000","data":{"schema":"Bearer","token":"hunter2 3"}}"#, .nonsense),
            (200, #"{"code":"A000","data":{"schema":"Bearer\r\nX: y","token":"hunter2"}}"#, .nonsense),
            (200, #"{"code":"A000","data":{"schema":"Bearer","token":"hunter2é"}}"#, .nonsense),
            (200, #"{"code":"A000","data":{"schema":"Bearer","token":["hunter2"]}}"#, .nonsense),
        ])
    func tokensThatAreNone(status: Int, body: String, kind: QuestionFailure.Kind) async {
        transport.answers = [(status, body)]
        let failure = await failure { () throws(QuestionFailure) in try await provider.obtainAccess() }
        #expect(failure?.kind == kind)
        #expect(failure?.detail.contains("hunter2") == false)
        if kind == .refused {
            #expect(failure?.detail.hasSuffix("See api.client_id and api.client_password_file") == true)
        }
        #expect(provider.access != .granted)
        #expect(provider.access != .lacking)
    }

    @Test("An expiry as a number is read")
    func anExpiryAsANumberIsRead() async throws {
        let end = time.now.milliseconds / 1000 + 3600
        transport.answers = [(200, #"{"code":"A000","data":{"schema":"Bearer","token":"t","expired":\#(end)}}"#)]
        try await provider.obtainAccess()
        time.advance(by: .seconds(3600 - 300 - 1))
        #expect(provider.access == .granted)
        time.advance(by: .seconds(1))
        #expect(provider.access == .lacking)
    }

    private let granted =
        #"{"code":"A000","result":"Success","data":{"schema":"Bearer","token":"t0ken","expired":"?"}}"#
}

/// Gives its answers in turn, and keeps the requests.
@EventLoop
private final class AnsweringTransport: HTTPTransport {
    var answers: [(status: Int, body: String)] = []
    private(set) var requests: [HTTPRequest] = []

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        requests.append(request)
        let answer = answers.isEmpty ? (599, "") : answers.removeFirst()
        return HTTPResponse(status: answer.0, body: Array(answer.1.utf8))
    }
}
