/// Messages whose questions failed in a pass, until it is known who is to blame: the message, or the endpoint.
///
/// Who is to blame himself is put off, so that he cannot keep others from being asked. Who waits for an endpoint to work
/// again stays due.
package struct FailedQuestions: Sendable {
    package struct Entry: Hashable, Sendable {
        package var message: DueMessage
        package var failure: QuestionFailure.Kind
        package var endpoint: Endpoint
    }

    /// For a message that waits for an endpoint to work again: not in every cycle before all others.
    package static let pauseForEndpoint = Duration.seconds(60)

    private var entries: [Entry] = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }
    package var endpoints: Set<Endpoint> { Set(entries.map(\.endpoint)) }

    package mutating func add(_ message: DueMessage, _ failure: QuestionFailure.Kind, _ endpoint: Endpoint) {
        entries.append(Entry(message: message, failure: failure, endpoint: endpoint))
    }

    /// Those that failed because of their messages: their endpoint has answered another question since.
    /// - Parameter isWell: whether the endpoint's last question was answered.
    package mutating func takeBlamed(isWell: (Endpoint) -> Bool) -> [Entry] {
        take { isWell($0.endpoint) }
    }

    /// At the end of a pass: those whose failure is one of the message, by the word of an endpoint that has answered
    /// others.
    package mutating func takeRejected(hasAnswered: (Endpoint) -> Bool) -> [Entry] {
        take { ($0.failure == .rejected || $0.failure == .nonsense) && hasAnswered($0.endpoint) }
    }

    /// At the very end: those that are asked about again only after `pauseForEndpoint`. None where nobody's message was
    /// answered: then all wait for the provider.
    package mutating func takePaused(hasAnswered: (Endpoint) -> Bool) -> [DueMessage] {
        guard hasAnswered(.reportInquiry) || hasAnswered(.messageStatus) else { return [] }
        defer { entries = [] }
        return entries.map(\.message)
    }

    private mutating func take(where isToBlame: (Entry) -> Bool) -> [Entry] {
        let taken = entries.filter(isToBlame)
        entries.removeAll(where: isToBlame)
        return taken
    }
}

extension ProviderState {
    /// What a pass says of the provider: ok where nothing stayed unanswered.
    /// - Parameters:
    ///   - left: how questions about messages failed that stayed unanswered.
    ///   - besides: what else could not be done.
    ///   - isWell: whether the provider answers others: then a "no", and an answer nobody can read, is its message's own.
    package init(left: [QuestionFailure.Kind], besides: [ProviderState], isWell: Bool) {
        let failures = left.filter { !(isWell && ($0 == .rejected || $0 == .nonsense)) }
        let states = Set(failures.map(ProviderState.init(after:)) + besides)
        self = [.refused, .unavailable, .rateLimited].first(where: states.contains) ?? .ok
    }
}
