import Alerting
import Engine
import Reconciliation
import Testing

@Loop
struct SinkTestTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    @Test(arguments: AlertLanguage.allCases)
    func `a test says that it is one, and wakes nobody without need`(language: AlertLanguage) async throws {
        let identity = DeskIdentity(host: "node-1", version: "1.2.3", language: language)
        for severity in AlertSeverity.allCases {
            let sink = ScriptedSink("a", minimumSeverity: severity)
            #expect(await SinkTest.tell(sink, by: identity, at: now) == nil)
            let told = try #require(sink.attempts.first)
            #expect(told.name == "AlertTest" && AlertName(rawValue: told.name) == nil)
            #expect(told.severity == severity)
            #expect(told.state == .firing)
            #expect(told.summary.contains(language == .korean ? "시험 알림입니다" : "This is a test"))
        }
    }

    @Test func `why it was not taken is said`() async throws {
        let sink = ScriptedSink("a")
        sink.answer = .failed(detail: "HTTP 404", retryAfter: nil, permanent: true)
        let failure = await SinkTest.tell(sink, by: DeskIdentity(host: "h", version: "v"), at: now)
        #expect(failure == SinkTest.Failure(detail: "HTTP 404", isPermanent: true))
    }
}
