import Engine
import Reconciliation
import Support
import Testing

/// The order of questions about one message whose answers disagree.
@Loop
struct ExaminerTests {
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

    @Test func aFailureAmongReportsIsBelievedOnlyAfterTheChannelsWereAskedAboutOnceMore() async {
        await add(ago: .seconds(900), [], ["64016"], ["64016", nil])
        let summary = await stage.cycle()
        #expect(questions == ["channels", "reports", "channels"])
        #expect(summary?.deadLetters.isEmpty == true && summary?.stillPending == 1)
    }

    @Test func channelsThatStillSayNothingShowNoneInFlight() async {
        await add(ago: .seconds(900), [], ["64016"], [])
        #expect(await stage.cycle()?.deadLetters == [.reported: 1])
    }

    @Test func aFailureIsNotBelievedWhereTheChannelsCannotBeAskedAboutOnceMore() async {
        await add(ago: .seconds(900), [], ["64016"])
        let script = stage.provider.fault
        stage.provider.fault = { [unowned provider = stage.provider] in
            provider.asked.count > 2 ? QuestionFailure(.rejected, "service A213") : script?($0)
        }
        let summary = await stage.cycle()
        #expect(questions == ["channels", "reports", "channels"])
        #expect(summary?.deadLetters.isEmpty == true)
    }

    @Test func beforeAMessageIsGivenUpTheReportsAreAskedForAsWell() async {
        await add(ago: .seconds(100 * 3600), [nil], ["10000"])
        #expect(await stage.cycle()?.sent == 1)
        #expect(questions == ["channels", "reports"])
    }

    @Test func soAreThoseOfMessagesThatTheStatusOfTheirSendWouldGiveUp() async {
        stage.provider.endpoints.insert(.requestStatus)
        await stage.add(5, ago: .seconds(100 * 3600)) { _ in [nil] }
        stage.provider.fault = { [unowned provider = stage.provider] in
            if case .reports(let key) = $0 { provider.script(key, "10000") }
            return nil
        }
        #expect(await stage.cycle()?.sent == 5)
        #expect(questions.count == 11 && questions.first == "request")
        #expect(stage.log.names.contains("cycle.send_status_incomplete"))
    }

    @Test func aSendWhoseSamplesAreFoundToBeWhatItSaysIsBelieved() async {
        stage.provider.endpoints.insert(.requestStatus)
        await stage.add(300, ago: .seconds(100 * 3600)) { _ in [nil] }
        #expect(await stage.cycle()?.deadLetters == [.stale: 300])
        #expect(questions.count == 30 + 2 * 6)
    }

    @Test func noMoreThanAThousandAreHeldBack() async {
        stage.provider.endpoints.insert(.requestStatus)
        await stage.add(1500, ago: .seconds(100 * 3600)) { _ in [nil] }
        #expect(await stage.cycle()?.deadLetters == [.stale: 1500])
        #expect(questions.count == 150 + 2 * 6)
    }

    @Test func whereNoSampleCanBeHadWhatWasHeldBackStaysPending() async {
        stage.provider.endpoints.insert(.requestStatus)
        await stage.add(50, ago: .seconds(100 * 3600)) { _ in [nil] }
        stage.provider.fault = { if case .request = $0 { nil } else { QuestionFailure(.unreachable, "HTTP 503") } }
        let summary = await stage.cycle()
        #expect(summary?.deadLetters == [:] && summary?.stillPending == 50)
    }

    @Test func reportsThatCannotBeHadKeepAMessageFromBeingGivenUpUnlessTheQuestionIsNotTaken() async {
        for (kind, expected) in [(QuestionFailure.Kind.unreachable, [:]), (.rejected, [DeadLetterReason.stale: 1])] {
            let stage = Stage()
            await stage.add(1, ago: .seconds(100 * 3600)) { _ in [nil] }
            stage.provider.fault = { if case .reports = $0 { QuestionFailure(kind, "no") } else { nil } }
            #expect(await stage.cycle()?.deadLetters == expected, "\(kind)")
        }
    }
}
