package import Reconciliation

/// What a verification came to.
package struct VerificationResult: Hashable, Sendable {
    /// Messages of listings that were held against rows.
    package var checked = 0
    /// Of them, those that are as the provider says.
    package var agreeing = 0
    /// Questions put, by kind.
    package var questions: [Endpoint: Int] = [:]
    package var differences: [Difference] = []
    /// How the last question failed that stayed unanswered.
    package var failure: QuestionFailure?
    /// Whether something could not be asked.
    package var isIncomplete = false

    package init() {}

    package var requests: Int { questions.values.reduce(0, +) }

    package func count(_ kind: Difference.Kind) -> Int { differences.count { $0.kind == kind } }

    mutating func count<Answer>(_ outcome: ProviderClient.Outcome<Answer>, _ endpoint: Endpoint) {
        switch outcome {
        case .answered:
            questions[endpoint, default: 0] += 1
        case .failed(let failure):
            questions[endpoint, default: 0] += 1
            self.failure = failure
            isIncomplete = true
        case .notAsked:
            isIncomplete = true
        }
    }

    mutating func count(_ comparison: Comparison) {
        switch comparison {
        case .foreign: break
        case .agrees: (checked, agreeing) = (checked + 1, agreeing + 1)
        case .open, .delivered, .suspicion: checked += 1
        }
    }
}

/// What a message was found to be. The words are those of metrics.
package enum VerificationOutcome: String, CaseIterable, Sendable {
    case agrees
    case falseSent = "false_sent"
    case missingRow = "missing_row"
    case healed

    package init(_ kind: Difference.Kind) {
        self =
            switch kind {
            case .falseSent: .falseSent
            case .missingRow: .missingRow
            case .healed: .healed
            }
    }
}
