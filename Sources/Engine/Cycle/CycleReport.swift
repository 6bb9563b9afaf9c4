package import Reconciliation

/// What one pass did: the numbers of `once --json`.
///
/// `due == sent + dead letters + still pending + settled elsewhere`, plus those of `late` that were `PENDING` when
/// they were read.
package struct PassSummary: Hashable, Sendable {
    /// `PENDING` messages that were due, and those that were settled before by what was heard of them. Dead letters asked
    /// about again are not among them.
    package var due = 0
    /// Dead letters whose turn it was to be asked about again.
    package var watched = 0
    package var requests = 0
    package var sent = 0
    package var deadLetters: [DeadLetterReason: Int] = [:]
    package var settledElsewhere = 0
    /// Dead letters that turned out to be delivered.
    package var late = 0
    package var provider: ProviderState = .ok
    package var duration: Duration = .zero
    /// Ended by its budget with more due.
    package var isCutShort = false
    /// Rows that the table still refuses to have changed; nil when there is none.
    package var refusals: RejectedRows?

    /// Messages that were due and whose row has been settled, by whomever.
    private var noLongerPending = 0

    package init() {}

    package var stillPending: Int { due - noLongerPending }
    package var deadLetterCount: Int { deadLetters.values.reduce(0, +) }

    fileprivate mutating func count(_ result: CommitResult, of decisions: [Decision]) {
        for settlement in result.applied {
            switch (settlement.from, settlement.to) {
            case (.deadLetter, .sent): late += 1
            case (.pending, .sent): sent += 1
            case (.pending, .deadLetter): deadLetters[settlement.reason ?? .reported, default: 0] += 1
            default: break  // a dead letter told more precisely
            }
        }
        settledElsewhere += result.settledElsewhere.count
        let pending = decisions.lazy.map(\.message).filter { $0.status == .pending }
        let isTurn = Dictionary(pending.map { ($0.key, $0.isTurn) }, uniquingKeysWith: { $0 || $1 })
        for key in result.applied.map(\.key) + result.settledElsewhere {
            guard let isTurn = isTurn[key] else { continue }
            noLongerPending += 1
            // Those whose turn it was have been counted.
            if !isTurn { due += 1 }
        }
    }
}

/// What a pass has come to so far: its numbers, and its lines in the log about messages. Whatever is begun, committed or
/// left unanswered is told to it, once.
@EventLoop
final class CycleReport {
    private let client: ProviderClient
    private let time: any Timekeeper
    private let log: any Log
    private let meter: any MetricsRecorder
    private let onCommit: @EventLoop () -> Void
    private let startedUptime: Duration
    private let requestsBefore: Int
    private var counts = PassSummary()
    /// Nothing was to be asked about.
    private var isIdle = true
    /// Messages whose time of acceptance cannot be read: asked about, but never given up, so somebody should know.
    private var untimed = KeySample()
    /// Messages whose question failed, and how: those that nothing was heard of since.
    private var unanswered: [MessageKey: QuestionFailure] = [:]
    /// What kept messages from being asked about at all.
    private var shutOutBy: ProviderState?
    private var lines = SettlementLines()

    /// - Parameter onCommit: called after each commit.
    init(
        client: ProviderClient, time: any Timekeeper, log: any Log, meter: any MetricsRecorder,
        onCommit: @escaping @EventLoop () -> Void
    ) {
        self.client = client
        self.time = time
        self.log = log
        self.meter = meter
        self.onCommit = onCommit
        startedUptime = time.uptime
        requestsBefore = client.requests
    }

    /// The numbers so far.
    var summary: PassSummary {
        var summary = counts
        summary.requests = client.requests - requestsBefore
        summary.provider = provider
        summary.duration = elapsed
        return summary
    }

    var elapsed: Duration { time.uptime - startedUptime }

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
        let state = client.health.state
        shutOutBy = state == .ok ? .unavailable : state
    }

    func committed(_ result: CommitResult, _ decisions: [Decision]) {
        if !unanswered.isEmpty {
            for decision in decisions where decision.isAnswer { unanswered[decision.message.key] = nil }
        }
        counts.count(result, of: decisions)
        for settlement in result.applied {
            lines.write(settlement, to: log)
            meter.settled(settlement)
        }
        onCommit()
    }

    /// Writes what is only told once, at the end.
    func finish() {
        lines.finish(in: log)
        if untimed.count > 0 { log.write(.unreadableTimes(of: untimed)) }
        // Of a provider that answers nobody, `cycle.failed` tells.
        if let lastFailure, client.health.takesQuestions {
            var keys = KeySample()
            for key in unanswered.keys.sorted() { keys.add(key) }
            log.write(.unanswered(keys, lastFailure))
        }
    }

    /// By what stayed unanswered, or unasked. Where there was nothing to ask about, how the provider is.
    private var provider: ProviderState {
        let health = client.health
        guard !isIdle else { return health.state }
        let unasked = isCutShort && !health.takesQuestions ? health.state : nil
        return ProviderState(
            left: unanswered.values.map(\.kind), besides: [shutOutBy, unasked, client.pollingState].compactMap(\.self),
            isWell: health.takesQuestions)
    }
}

/// Lines in the log about settlements, one each; of the many that a storm brings there is the count.
struct SettlementLines {
    /// Lines about single messages.
    private static let most = 100

    private var written = 0
    private var others: [LogEvent.SettlementKind: Int] = [:]

    @EventLoop
    mutating func write(_ settlement: Settlement, to log: any Log) {
        guard written >= Self.most else {
            written += 1
            return log.write(.settled(settlement))
        }
        others[LogEvent.SettlementKind(settlement), default: 0] += 1
    }

    /// Tells the counts, and begins anew.
    @EventLoop
    mutating func finish(in log: any Log) {
        for (kind, count) in others.sorted(by: { $0.key < $1.key }) { log.write(.settled(kind, count: count)) }
        self = SettlementLines()
    }
}
