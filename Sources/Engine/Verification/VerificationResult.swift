package import Reconciliation

/// What a verification came to.
package struct VerificationResult: Hashable, Sendable {
    /// Messages of listings that were held against rows.
    package var checked = 0
    /// Of them, those that are as the provider says.
    package var agreeing = 0
    /// Questions put, by kind.
    package var questions: [Endpoint: Int] = [:]
    /// How many messages differ, by kind.
    package private(set) var found: [Difference.Kind: Int] = [:]
    /// All of these, or, of very many, those that were found first.
    package private(set) var differences: [Difference] = []
    /// How the last question failed that stayed unanswered.
    package var failure: QuestionFailure?
    /// Whether something could not be asked.
    package var isIncomplete = false

    /// Whether rows cannot be found by their keys, so that none was compared.
    package var isWithoutRows = false

    /// Where every row of a large account is wrong, the list of them does not fit into any memory.
    package static let mostListed = 100_000

    package init() {}

    package var requests: Int { questions.values.reduce(0, +) }

    package func count(_ kind: Difference.Kind) -> Int { found[kind, default: 0] }

    mutating func add(_ new: [Difference]) {
        for difference in new { found[difference.kind, default: 0] += 1 }
        differences += new.prefix(max(0, Self.mostListed - differences.count))
    }

    mutating func count<Answer>(_ outcome: ProviderClient.Outcome<Answer>, _ endpoint: Endpoint) {
        switch outcome {
        case .answered:
            questions[endpoint, default: 0] += 1
        case .failed(let failure):
            questions[endpoint, default: 0] += 1
            self.failure = failure
            if !endpoint.isPassedOver(failure) { isIncomplete = true }
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

extension Endpoint {
    /// Whether nothing would be gained by another try: the same is asked in another way, or the provider has nothing to say
    /// of one message.
    fileprivate func isPassedOver(_ failure: QuestionFailure) -> Bool {
        switch self {
        case .requestStatus: true
        case .messageStatus: failure.kind == .rejected || failure.kind == .nonsense
        default: false
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
