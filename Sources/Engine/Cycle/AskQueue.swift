internal import Reconciliation

/// Hands out the questions about what is due: window after window of the walk, each in the fewest questions.
@Loop
final class AskQueue {
    private let read: @Loop () async throws(LedgerError) -> [DueMessage]
    private let mayAskSends: @Loop () -> Bool
    private let onWindow: @Loop ([Ask]) -> Void
    private var asks: ArraySlice<Ask> = []
    private var again: [DueMessage] = []

    /// - Parameters:
    ///   - read: the next messages; none at the end.
    ///   - mayAskSends: whether a send can be asked about at present.
    ///   - onWindow: called with what is made of the messages, each of them once.
    init(
        mayAskSends: @escaping @Loop () -> Bool, onWindow: @escaping @Loop ([Ask]) -> Void,
        read: @escaping @Loop () async throws(LedgerError) -> [DueMessage]
    ) {
        self.read = read
        self.mayAskSends = mayAskSends
        self.onWindow = onWindow
    }

    /// Nil when all has been handed out; until all of that is answered, more can come by `askSingly`.
    func next() async throws(LedgerError) -> Ask? {
        if let ask = atHand() { return ask }
        asks = Ask.fewest(for: try await read(), bySend: mayAskSends())[...]
        if !asks.isEmpty { onWindow(Array(asks)) }
        return atHand()
    }

    /// The next one of those that are read; nil when there is none.
    func atHand() -> Ask? {
        if let message = again.popLast() { return .message(message) }
        guard let ask = asks.popFirst() else { return nil }
        guard case .send(_, let messages) = ask, !mayAskSends() else { return ask }
        // It was planned before that was known.
        askSingly(messages)
        return atHand()
    }

    /// What an answer about their send leaves open.
    func askSingly(_ messages: [DueMessage]) {
        again += messages.reversed()
    }
}
