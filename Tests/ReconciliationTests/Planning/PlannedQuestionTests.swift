import Reconciliation
import Testing

@Suite struct PlannedQuestionTests {
    private func message(_ key: String, failures: Int = 0) -> DueMessage {
        DueMessage(
            key: MessageKey(key), row: RowLocator(1), status: .pending, acceptedAt: nil,
            tracking: Tracking(failures: failures))
    }

    @Test("several messages of one send are one question, one alone is asked about by itself")
    func grouping() {
        let messages = ["A001", "B001", "A002", "C001", "A003", "C002"].map { message($0) }
        let asks = PlannedQuestion.fewest(for: messages, bySend: true)
        #expect(
            asks == [
                .send(RequestID("A"), [messages[0], messages[2], messages[4]]), .message(messages[1]),
                .send(RequestID("C"), [messages[3], messages[5]]),
            ])
        #expect(asks.flatMap(\.messages).count == messages.count)
    }

    @Test("one by one where sends cannot be asked about")
    func withoutSends() {
        let messages = ["A001", "A002"].map { message($0) }
        #expect(PlannedQuestion.fewest(for: messages, bySend: false) == messages.map(PlannedQuestion.message))
    }

    @Test("a key too short to be a send's, and one whose question failed before, are asked about by themselves")
    func exceptions() {
        let messages = [message("001"), message("002"), message("A001"), message("A002", failures: 1)]
        #expect(PlannedQuestion.fewest(for: messages, bySend: true).allSatisfy { $0.messages.count == 1 })
    }

    @Test(
        "a requestId is the msgKey less its last three characters",
        arguments: [
            ("20261125042338201SIM000000002001", "20261125042338201SIM000000002"), ("ab123", "ab"), ("가나123", "가나"),
            ("123", nil), ("", nil), (".123", nil), ("..abc", nil), ("key가", nil), ("a b c ", nil),
        ] as [(String, String?)])
    func requestID(key: String, expected: String?) {
        #expect(RequestID(of: MessageKey(key))?.text == expected)
    }

    @Test("a send's answers that mention nobody are not waited for a third time")
    func emptySends() {
        var experience = EndpointYield()
        experience.sendAnswered(mentioned: 0, at: .zero)
        experience.sendAnswered(mentioned: 3, at: .zero)
        experience.sendAnswered(mentioned: 0, at: .zero)
        #expect(experience.mayAskSends(at: .zero))
        experience.sendAnswered(mentioned: 0, at: .zero)
        #expect(!experience.mayAskSends(at: .seconds(1)))
        #expect(experience.mayAskSends(at: EndpointYield.pause))
    }
}
