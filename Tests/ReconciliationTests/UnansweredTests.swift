import Reconciliation
import Testing

/// Who is to blame for a question that failed.
@Suite struct UnansweredTests {
    private func message(_ key: String) -> DueMessage {
        DueMessage(
            key: MessageKey(key), row: RowLocator(rowid: 1), status: .pending, acceptedAt: nil, tracking: Tracking())
    }

    private var unanswered: Unanswered {
        var unanswered = Unanswered()
        unanswered.add(message("rejected"), .rejected, .messageStatus)
        unanswered.add(message("nonsense"), .nonsense, .reportInquiry)
        unanswered.add(message("down"), .unreachable, .messageStatus)
        return unanswered
    }

    private func keys(_ entries: [Unanswered.Entry]) -> [String] { entries.map(\.message.key.text) }

    @Test("the message, where its endpoint has answered another question since")
    func blamed() {
        var unanswered = unanswered
        #expect(keys(unanswered.takeBlamed { $0 == .messageStatus }) == ["rejected", "down"])
        #expect(keys(unanswered.takeBlamed { _ in true }) == ["nonsense"])
        #expect(unanswered.isEmpty)
    }

    @Test("at the end also by a no that an endpoint said which answered others; not by silence")
    func rejected() {
        var unanswered = unanswered
        #expect(keys(unanswered.takeRejected { $0 == .messageStatus }) == ["rejected"])
        #expect(keys(unanswered.takeRejected { _ in true }) == ["nonsense"])
        #expect(!unanswered.isEmpty)
    }

    @Test("the rest pauses where somebody's message was answered, and else stays due")
    func paused() {
        var unanswered = unanswered
        #expect(unanswered.takePaused { $0 == .requestStatus || $0 == .history } == [])
        #expect(unanswered.takePaused { $0 == .reportInquiry }.map(\.key.text) == ["rejected", "nonsense", "down"])
        #expect(unanswered.isEmpty)
    }
}
