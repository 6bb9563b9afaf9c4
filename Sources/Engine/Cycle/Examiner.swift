internal import Reconciliation

/// Finds out about one message: asks for its reports and, where they say it failed, whether another channel is
/// still in flight.
@Loop
final class Examiner {
    enum Finding: Sendable {
        case answered([ReportEntry], askedAt: Timestamp)
        case failed(QuestionFailure, Endpoint)
        case notAsked
    }

    private let gate: ProviderGate

    init(gate: ProviderGate) {
        self.gate = gate
    }

    func examine(_ key: MessageKey) async -> Finding {
        guard key.canBeAsked else {
            let failure = QuestionFailure(.rejected, "a message key that is empty, `.` or `..` cannot be asked about")
            return .failed(failure, .reportInquiry)
        }
        switch await gate.ask(.reports(key)) {
        case .answered(let entries, let askedAt):
            guard gate.canAskChannels, case .failed = Verdict(entries: entries) else {
                return .answered(entries, askedAt: askedAt)
            }
            return await confirmed(entries, key, askedAt)
        case .failed(let failure):
            return .failed(failure, .reportInquiry)
        case .notAsked:
            return .notAsked
        }
    }

    private func confirmed(_ entries: [ReportEntry], _ key: MessageKey, _ askedAt: Timestamp) async -> Finding {
        switch await gate.ask(.channels(key)) {
        case .answered(let channels, _): .answered(entries + channels, askedAt: askedAt)
        case .failed(let failure): .failed(failure, .messageStatus)
        case .notAsked: gate.lastFailure(of: .messageStatus).map { .failed($0, .messageStatus) } ?? .notAsked
        }
    }
}
