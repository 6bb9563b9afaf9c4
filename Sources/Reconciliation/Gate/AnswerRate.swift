/// How many questions about messages fail, tries and all, between others that are answered: a provider that answers every
/// second question with nonsense is none, although no failures in a row show it.
///
/// Many in a row are left to `CircuitBreaker`, a "no" to its message, and 429 to `ThrottleRate`.
package struct AnswerRate: Sendable {
    /// Fewer failures, or fewer questions, say nothing.
    private static let fewest = 5
    /// A third of the questions.
    private static let tolerated = 3

    private var asked = 0
    private var failed = 0
    /// Failures since the endpoint's last answer.
    private var inARow: [Endpoint: Int] = [:]
    /// The last failure that counts.
    package private(set) var lastFailure: (endpoint: Endpoint, failure: QuestionFailure)?
    /// Whether so many failed when it was last judged.
    package private(set) var isBad = false

    package init() {}

    /// A question has been answered.
    package mutating func answered(_ endpoint: Endpoint) {
        let failures = inARow.removeValue(forKey: endpoint) ?? 0
        asked += 1
        guard failures < CircuitBreaker.threshold else { return }
        asked += failures
        failed += failures
    }

    /// A question about a message that has not failed before was not answered.
    package mutating func failed(_ endpoint: Endpoint, _ failure: QuestionFailure) {
        switch failure.kind {
        case .unreachable, .refused, .nonsense:
            inARow[endpoint, default: 0] += 1
            lastFailure = (endpoint, failure)
        case .rejected, .rateLimited, .lapsed:
            break
        }
    }

    /// At the end of a pass. What is too little to be judged is counted on.
    package mutating func judge() {
        let isBad = failed * Self.tolerated >= asked
        guard isBad ? failed >= Self.fewest : asked >= Self.fewest else { return }
        self.isBad = isBad
        asked = 0
        failed = 0
    }
}
