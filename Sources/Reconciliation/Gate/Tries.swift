/// How often one question is put before it counts as failed, and when again (.github/PROVIDER.md, "Limits").
package struct Tries: Sendable {
    package enum Next: Hashable, Sendable {
        case giveUp
        /// As soon as it is its turn.
        case again
        case pause(Duration)
    }

    package static let most = 3

    private let endpoint: Endpoint
    private var made = 0
    /// Whether a lapse is no failure: the question can be put again, with another token. The second one is.
    package private(set) var mayLapse = true

    package init(of endpoint: Endpoint) {
        self.endpoint = endpoint
    }

    /// Whether the question is put again after this, as far as the failure goes.
    package func goOn(after failure: QuestionFailure) -> Bool { made + 1 < Self.most && failure.isWorthRetrying }

    /// - Parameter isOpen: whether the endpoint may be asked after this.
    package mutating func failed(
        _ failure: QuestionFailure, isOpen: Bool, random: inout some RandomNumberGenerator
    ) -> Next {
        made += 1
        guard made < Self.most else { return .giveUp }
        if failure.kind == .lapsed {
            mayLapse = false
            return .again
        }
        guard failure.isWorthRetrying, isOpen, !asksTooOften(failure) else { return .giveUp }
        // After 429 everybody waits in line, not only this question.
        if case .rateLimited = failure.kind { return .again }
        return .pause(RetrySchedule.ofRequests.delay(afterAttempt: made, using: &random))
    }

    /// Who asks for tokens too often is not told to wait a second: he waits until access is no longer withheld.
    private func asksTooOften(_ failure: QuestionFailure) -> Bool {
        endpoint == .token && failure.kind == .rateLimited(retryAfter: nil)
    }
}
