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
    /// Messages whose time of acceptance cannot be read: asked about, but never given up, so somebody should know.
    private var untimed = KeyTally()
    /// Messages whose question failed, and how the last of them did.
    private var unanswered = KeyTally()
    private var lastFailure: QuestionFailure?

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
        summary.provider = tools.gate.health.state
        summary.duration = elapsed
        return summary
    }

    var elapsed: Duration { tools.time.uptime - startedUptime }

    var isCutShort: Bool { counts.isCutShort }

    /// The pass has no time for all that is due.
    func cutShort() { counts.isCutShort = true }

    /// Something is decided, or asked, about a message for the first time in the pass.
    func begun(_ message: DueMessage) {
        if message.status == .pending { counts.due += 1 }
        if message.acceptedAt == nil { untimed.add(message.key) }
    }

    /// The question about a message has failed.
    func unanswered(_ message: DueMessage, _ failure: QuestionFailure) {
        unanswered.add(message.key)
        lastFailure = failure
    }

    func committed(_ result: CommitResult, _ decisions: [Decision]) {
        counts.count(result, of: decisions)
        tell(result)
    }

    /// The same for reports that came unasked.
    func reported(_ result: CommitResult, _ decisions: [Decision]) {
        counts.count(reported: result, of: decisions)
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
            tools.log.write(.unanswered(unanswered, lastFailure))
        }
    }
}
