internal import Reconciliation

/// Asks about a message now and then that a webhook has settled: bodies are not signed by everybody, and addresses can be
/// forged where a proxy is not what it should be.
///
/// Nothing is changed by what is heard, but that a dead letter which was delivered is sent, as a late report.
@EventLoop
final class WebhookSampler {
    private static let every = Duration.seconds(3600)
    /// How long ago a webhook may have settled it.
    private static let lookBack = Duration.seconds(6 * 3600)

    private let ledger: any Ledger
    private let client: ProviderClient
    private let policy: Policy
    private let time: any Timekeeper
    private var random: any RandomNumberGenerator & Sendable
    private var askedAt: Duration?

    init(
        ledger: any Ledger, client: ProviderClient, policy: Policy, time: any Timekeeper,
        random: any RandomNumberGenerator & Sendable
    ) {
        self.ledger = ledger
        self.client = client
        self.policy = policy
        self.time = time
        self.random = random
    }

    /// To be called at the end of a pass, when nothing else is asked.
    func look(_ report: CycleReport) async throws(LedgerError) {
        guard !Task.isCancelled, client.answersQuestions,
            askedAt.map({ $0 + Self.every <= time.uptime }) ?? true
        else { return }
        let draw = Double.random(in: 0..<1, using: &random)
        guard let sample = try await ledger.settledByWebhook(since: time.now - Self.lookBack, draw: draw),
            let message = try await ledger.reported([sample.key]).first?.message, message.status == sample.status
        else { return }
        askedAt = time.uptime
        guard case .answered(let entries, let askedAt) = await client.askOutcome(of: sample.key) else { return }
        switch (Verdict(entries: entries), sample.status) {
        case (.failed, .sent):
            try await tell(sample.key)
        case (.delivered, .deadLetter):
            try await tell(sample.key)
            let judgement = Judgement(
                message, entries: entries, askedAt: askedAt, policy: policy, random: &random)
            let decision = Decision(message, judgement)
            report.committed(try await ledger.commit([decision], at: time.now), [decision])
        default: break
        }
    }

    private func tell(_ key: MessageKey) async throws(LedgerError) {
        let occurrence = AlertOccurrence(count: 1, examples: [key])
        try await ledger.observe([.occurred(.webhookDisagrees, occurrence)], at: time.now)
    }
}
