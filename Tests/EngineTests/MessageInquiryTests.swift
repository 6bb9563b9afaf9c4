import Engine
import Reconciliation
import Support
import Testing

/// The order of questions about one message whose answers disagree.
@EventLoop
struct MessageInquiryTests {
    private let stage = Stage()
    private var key: MessageKey { stage.key(0) }

    /// A message of that age about which each question in turn finds these channels; of the reports, those with a code.
    private func add(ago: Duration, _ answers: [String?]...) async {
        await stage.add(1, ago: ago) { _ in [] }
        var left = answers[...]
        stage.provider.fault = { [unowned provider = stage.provider, key] _ in
            if let next = left.popFirst() { provider.script(key, next) }
            return nil
        }
    }

    private var questions: [String] {
        stage.provider.asked.map {
            switch $0 {
            case .reports: "reports"
            case .channels: "channels"
            case .request: "request"
            }
        }
    }

    @Test("a failure among reports is believed only after the channels were asked about once more")
    func confirmed() async {
        await add(ago: .seconds(900), [], ["64016"], ["64016", nil])
        let summary = await stage.cycle()
        #expect(questions == ["channels", "reports", "channels"])
        #expect(summary?.deadLetters.isEmpty == true)
        #expect(summary?.stillPending == 1)
    }

    @Test("channels that still say nothing show none in flight")
    func silentChannels() async {
        await add(ago: .seconds(900), [], ["64016"], [])
        #expect(await stage.cycle()?.deadLetters == [.reported: 1])
    }

    @Test("a failure is not believed where the channels cannot be asked about once more")
    func unconfirmed() async {
        await add(ago: .seconds(900), [], ["64016"])
        let script = stage.provider.fault
        stage.provider.fault = { [unowned provider = stage.provider] in
            provider.asked.count > 2 ? QuestionFailure(.rejected, "service A213") : script?($0)
        }
        let summary = await stage.cycle()
        #expect(questions == ["channels", "reports", "channels"])
        #expect(summary?.deadLetters.isEmpty == true)
    }

    @Test("before a message is given up the reports are asked for as well")
    func bothBeforeTheEnd() async {
        await add(ago: .seconds(100 * 3600), [nil], ["10000"])
        #expect(await stage.cycle()?.sent == 1)
        #expect(questions == ["channels", "reports"])
    }

    @Test("so are those of messages that the status of their send would give up")
    func bothForSends() async {
        stage.provider.endpoints.insert(.requestStatus)
        await stage.add(5, ago: .seconds(100 * 3600)) { _ in [nil] }
        stage.provider.fault = { [unowned provider = stage.provider] in
            if case .reports(let key) = $0 { provider.script(key, "10000") }
            return nil
        }
        #expect(await stage.cycle()?.sent == 5)
        #expect(questions.count == 11)
        #expect(questions.first == "request")
        #expect(stage.log.names.contains("cycle.send_status_incomplete"))
    }

    @Test("a send whose samples are found to be what it says is believed")
    func believedSend() async {
        stage.provider.endpoints.insert(.requestStatus)
        await stage.add(300, ago: .seconds(100 * 3600)) { _ in [nil] }
        #expect(await stage.cycle()?.deadLetters == [.stale: 300])
        #expect(questions.count == 30 + 2 * 6)
    }

    @Test("no more than a thousand are held back")
    func heldBack() async {
        stage.provider.endpoints.insert(.requestStatus)
        await stage.add(1500, ago: .seconds(100 * 3600)) { _ in [nil] }
        #expect(await stage.cycle()?.deadLetters == [.stale: 1500])
        #expect(questions.count == 150 + 2 * 6)
    }

    @Test("where no sample can be had, what was held back stays pending")
    func noSample() async {
        stage.provider.endpoints.insert(.requestStatus)
        await stage.add(50, ago: .seconds(100 * 3600)) { _ in [nil] }
        stage.provider.fault = { if case .request = $0 { nil } else { QuestionFailure(.unreachable, "HTTP 503") } }
        let summary = await stage.cycle()
        #expect(summary?.deadLetters == [:])
        #expect(summary?.stillPending == 50)
    }

    @Test("reports that cannot be had keep a message from being given up, unless the question is not taken")
    func noReports() async {
        for (kind, expected) in [(QuestionFailure.Kind.unreachable, [:]), (.rejected, [DeadLetterReason.stale: 1])] {
            let stage = Stage()
            await stage.add(1, ago: .seconds(100 * 3600)) { _ in [nil] }
            stage.provider.fault = { if case .reports = $0 { QuestionFailure(kind, "no") } else { nil } }
            #expect(await stage.cycle()?.deadLetters == expected, "\(kind)")
        }
    }
}
