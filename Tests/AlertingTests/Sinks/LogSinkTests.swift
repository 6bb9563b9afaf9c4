import Alerting
import Engine
import Reconciliation
import Support
import Testing

@Loop
struct LogSinkTests {
    @Test func `one event an alert, with what an operator searches for`() async {
        let log = RecordingLog()
        #expect(await LogSink(log: log).deliver(.sample(examples: ["a", "b", "c", "d"])) == .accepted)
        #expect(
            log.events == [
                LogEvent(
                    .error, "alert.fired",
                    [
                        LogField("alert", .string("AccountRefused")), LogField("severity", .string("critical")),
                        LogField("count", .integer(500)), LogField("labels", .string("code=64008")),
                        LogField("since", .string("2027-01-15T08:00:00.123Z")), LogField("examples", .string("a,b,c")),
                        LogField("sink", .string("log")), LogField("summary", .string("what happened")),
                    ])
            ])
    }

    @Test func `the level follows the severity; the end is information`() async {
        let log = RecordingLog()
        let sink = LogSink(log: log)
        for name in [AlertName.providerRefused, .deadLetters, .webhookGap, .lateReports] {
            _ = await sink.deliver(.sample(.repeated, identity: AlertIdentity(name)))
        }
        _ = await sink.deliver(.sample(.resolved))
        #expect(log.events.map(\.level) == [.error, .error, .warn, .info, .info])
        #expect(log.names == Array(repeating: "alert.repeated", count: 4) + ["alert.resolved"])
    }
}
