internal import Reconciliation

/// What a pass has come to so far: its numbers, and its lines in the log about messages.
@Loop
final class PassAccount {
    private let tools: Reconciler.Tools
    private let events: MessageEvents
    private let onCommit: @Loop (PassSummary) -> Void
    private let startedUptime: Duration
    private let requestsBefore: Int
    private var counts = PassSummary()
    /// Nothing was to be asked about.
    private var isIdle = true
    /// Messages whose time of acceptance cannot be read: asked about, but never given up, so somebody should know.
    private var untimed = KeyTally()
    /// Messages whose question failed, and how: those that nothing was heard of since.
    private var unanswered: [MessageKey: QuestionFailure] = [:]
    /// What kept messages from being asked about at all.
    private var shutOutBy: ProviderState?

    /// - Parameter onCommit: called after each commit, with the numbers so far.
    init(_ tools: Reconciler.Tools, onCommit: @escaping @Loop (PassSummary) -> Void) {
        self.tools = tools
        self.onCommit = onCommit
        events = MessageEvents(log: tools.log)
        startedUptime = tools.time.uptime
        requestsBefore = tools.gate.requests
    }

    /// The numbers so far.
    var summary: PassSummary {
        var summary = counts
        summary.requests = tools.gate.requests - requestsBefore
        summary.provider = word
        summary.duration = elapsed
        return summary
    }

    var elapsed: Duration { tools.time.uptime - startedUptime }

    var isCutShort: Bool { counts.isCutShort }

    /// The pass has no time for all that is due.
    func cutShort() { counts.isCutShort = true }

    /// How the last question failed that stayed unanswered; nil when none did.
    var lastFailure: QuestionFailure? { unanswered.max { $0.key < $1.key }?.value }

    /// Something is decided, or asked, about a message for the first time in the pass.
    func begun(_ message: DueMessage) {
        isIdle = false
        if message.isTurn {
            if message.status == .pending { counts.due += 1 } else { counts.watched += 1 }
        }
        if message.acceptedAt == nil { untimed.add(message.key) }
    }

    /// The question about a message has failed.
    func unanswered(_ message: DueMessage, _ failure: QuestionFailure) {
        unanswered[message.key] = failure
    }

    /// A message is not asked about, as the provider is not.
    func isShutOut() {
        guard !Task.isCancelled, shutOutBy == nil else { return }
        let state = tools.gate.health.state
        shutOutBy = state == .ok ? .unavailable : state
    }

    func committed(_ result: CommitResult, _ decisions: [Decision]) {
        for decision in decisions where decision.isAnswer { unanswered[decision.message.key] = nil }
        counts.count(result, of: decisions)
        tell(result)
    }

    private func tell(_ result: CommitResult) {
        for settlement in result.applied {
            events.report(settlement)
            tools.meter.settled(settlement)
        }
        onCommit(summary)
    }

    /// Writes what is only told once, at the end.
    func finish() {
        events.finish()
        if untimed.count > 0 { tools.log.write(.unreadableTimes(of: untimed)) }
        // Of a provider that answers nobody, `cycle.failed` tells.
        if let lastFailure, tools.gate.health.takesQuestions {
            var keys = KeyTally()
            for key in unanswered.keys.sorted() { keys.add(key) }
            tools.log.write(.unanswered(keys, lastFailure))
        }
    }

    /// The provider's word, by what stayed unanswered. Where there was nothing to ask about, how it is.
    private var word: ProviderState {
        let health = tools.gate.health
        guard !isIdle else { return health.state }
        let isWell = health.takesQuestions
        return ProviderState(
            left: unanswered.values.map(\.kind), besides: [shutOutBy, tools.gate.pollingState].compactMap(\.self),
            isWell: isWell)
    }
}
