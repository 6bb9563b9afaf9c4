internal import Reconciliation

/// Asks about some messages by themselves, to find out whether answers about many at once can be believed.
@Loop
final class Sampler {
    enum Finding: Sendable {
        case agree
        /// This one is something else.
        case differ(MessageKey)
        /// One could not be asked about.
        case unknown
    }

    private let examiner: Examiner
    private let judge: Judge

    init(examiner: Examiner, judge: Judge) {
        self.examiner = examiner
        self.judge = judge
    }

    /// - Parameter found: called with what each is found to be, which counts in any case.
    func look(
        at samples: [ListingCheck.Sample], found: @Loop (DueMessage, Judgement) -> Void
    ) async -> Finding {
        for sample in samples {
            let message = sample.message
            guard
                case .answered(let entries, let askedAt) = await examiner.examine(
                    message, givesUp: { judge.givesUp(message, $0, $1) })
            else { return .unknown }
            let judgement = judge.judge(message, entries, askedAt)
            found(message, judgement)
            guard sample.agrees(with: judgement) else { return .differ(message.key) }
        }
        return .agree
    }
}
