import BizgoAPI
import Engine
import Reconciliation
import Testing

/// Batches of reports and their acknowledgement.
@EventLoop
@Suite struct PollingTests {
    private func provider(_ status: Int, _ body: String) -> (BizgoProvider, ScriptedTransport) {
        let transport = ScriptedTransport(.success(HTTPResponse(status: status, headers: [], body: Array(body.utf8))))
        return (BizgoProvider(transport: transport, generation: .comm, baseURL: "https://p.test") { "key" }, transport)
    }

    private func poll(_ body: String, status: Int = 200) async -> Result<ReportBatch?, QuestionFailure> {
        do throws(QuestionFailure) {
            return .success(try await provider(status, body).0.poll())
        } catch {
            return .failure(error)
        }
    }

    private func acknowledge(_ body: String, status: Int) async -> QuestionFailure? {
        do throws(QuestionFailure) {
            try await provider(status, body).0.acknowledge("RPT 1/2")
            return nil
        } catch {
            return error
        }
    }

    @Test("A batch has its id and its reports")
    func aBatchHasItsIdAndItsReports() async {
        let content = #"{"reportId":"RPT1","report":[\#(report()),\#(report(#""reportCode":"64016""#))]}"#
        let batch = await poll(envelope(content: content)).value ?? nil
        #expect(batch?.id == "RPT1")
        #expect(batch?.entries.map(\.code?.text) == ["10000", "64016"])
    }

    /// Also where there is an id and no list: nothing of it was read that could be acknowledged.
    @Test(
        "Nothing to fetch is no batch",
        arguments: [
            #"{"reportId":"","report":null}"#, #"{"reportId":null,"report":[]}"#, "null", nil, "{}",
            #"{"reportId":""}"#,
            #"{"report":[]}"#, #"{"report":null}"#, #"{"reportId":"RPT1"}"#,
        ])
    func nothingToFetchIsNoBatch(_ content: String?) async {
        #expect(await poll(envelope(content: content)).value == .some(nil))
    }

    @Test(
        "A batch of another shape is nonsense",
        arguments: [#"{"reportId":"RPT1","report":{}}"#, #"{"reportId":"RPT1","report":"x"}"#, "[]", "1", #""x""#])
    func aBatchOfAnotherShapeIsNonsense(_ content: String) async {
        #expect(await poll(envelope(content: content)).failure?.kind == .nonsense)
    }

    @Test("Reports that could not be acknowledged are nonsense")
    func reportsThatCouldNotBeAcknowledgedAreNonsense() async {
        let failure = await poll(envelope(content: #"{"report":[\#(report())]}"#)).failure
        #expect(failure?.kind == .nonsense)
    }

    @Test("A key that may not poll is refused with the remedy")
    func aKeyThatMayNotPollIsRefusedWithTheRemedy() async {
        let failure = await poll(envelope("A000", "A801"), status: 400).failure
        #expect(failure?.kind == .refused)
        #expect(failure?.cause == .polling)
        #expect(
            failure?.detail == "service A801: key may not use report polling: the provider's console says WEBHOOK for "
                + "this key: set its report method to POLLING there, or api.report_method to \"webhook\"")
    }

    @Test("The acknowledgement names the batch")
    func theAcknowledgementNamesTheBatch() async throws {
        let (provider, transport) = provider(200, envelope(content: "{}"))
        try await provider.acknowledge("RPT 1/2")
        #expect(transport.requests.map(\.method) == [.delete])
        #expect(transport.requests.map(\.url) == ["https://p.test/api/comm/v1/report/polling/RPT%201%2F2"])
    }

    @Test("A batch that is not there is acknowledged already")
    func aBatchThatIsNotThereIsAcknowledgedAlready() async {
        #expect(await acknowledge(envelope("A000", "A802"), status: 403) == nil)
        #expect(await acknowledge(envelope("A000", "A802"), status: 200) == nil)
    }

    @Test("Any other no is no acknowledgement")
    func anyOtherNoIsNoAcknowledgement() async {
        #expect(await acknowledge(envelope("A000", "A801"), status: 400)?.kind == .refused)
        #expect(await acknowledge(envelope("A401", nil), status: 401)?.kind == .refused)
        #expect(await acknowledge(envelope("A802", "A000"), status: 403) != nil, "a code of another layer")
        #expect(await acknowledge(envelope("A000", "A910"), status: 500)?.kind == .unreachable)
        #expect(await acknowledge("", status: 200)?.kind == .nonsense)
    }

    @Test("A batch is asked for by its path alone")
    func aBatchIsAskedForByItsPathAlone() async {
        let (provider, transport) = provider(200, envelope(content: "null"))
        _ = try? await provider.poll()
        #expect(transport.requests.map(\.method) == [.get])
        #expect(transport.requests.map(\.url) == ["https://p.test/api/comm/v1/report/polling"])
        #expect(transport.requests.first?.headers.contains(HTTPHeader("Authorization", "key")) == true)
    }

    @Test("No such data is no batch")
    func noSuchDataIsNoBatch() async {
        #expect(await poll(envelope("A000", "A820"), status: 400).value == .some(nil))
        #expect(await poll(envelope("A000", "A802"), status: 400).failure?.kind == .rejected, "that is about batches")
    }

    /// They could not be acknowledged by themselves: the batch's own path would be another one.
    @Test("A batch whose id names another path is nonsense", arguments: ["", ".", ".."])
    func aBatchWhoseIdNamesAnotherPathIsNonsense(id: String) async {
        let failure = await poll(envelope(content: #"{"reportId":"\#(id)","report":[\#(report())]}"#)).failure
        #expect(failure?.kind == .nonsense)
    }

    @Test(
        "Whatever the id is, it is one segment of the path",
        arguments: [("7", "7"), (#""a/../b""#, "a%2F..%2Fb"), (#""키 1""#, "%ED%82%A4%201")])
    func whateverTheIdIsItIsOneSegmentOfThePath(json: String, segment: String) async throws {
        let batch = await poll(envelope(content: #"{"reportId":\#(json),"report":[]}"#)).value ?? nil
        let (provider, transport) = provider(200, envelope(content: "{}"))
        try await provider.acknowledge(try #require(batch).id)
        #expect(transport.requests.map(\.url) == ["https://p.test/api/comm/v1/report/polling/" + segment])
    }

    @Test("Reports of nobody are dropped and their batch is still one")
    func reportsOfNobodyAreDroppedAndTheirBatchIsStillOne() async {
        let content = #"{"reportId":"RPT1","report":[{"reportCode":"10000"},{"msgKey":"","reportCode":"10000"}]}"#
        let batch = await poll(envelope(content: content)).value ?? nil
        #expect(batch == ReportBatch(id: "RPT1", entries: []))
    }

    @Test("Every beginning of a batch is nonsense")
    func everyBeginningOfABatchIsNonsense() async {
        let whole = envelope(content: #"{"reportId":"RPT1","report":[\#(report())]}"#)
        for length in 0..<whole.count { #expect(await poll(String(whole.prefix(length))).failure?.kind == .nonsense) }
        #expect((await poll(whole).value ?? nil)?.entries.count == 1)
    }
}
