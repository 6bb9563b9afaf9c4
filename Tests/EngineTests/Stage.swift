import Engine
import Reconciliation
import Support

/// Everything a cycle needs, scripted.
@EventLoop
final class Stage {
    let time = VirtualTime()
    let log = RecordingLog()
    let provider = ScriptedProvider()
    let ledger = InMemoryLedger()
    let meter = RecordedMetrics()
    let client: ProviderClient
    let reconciler: Reconciler

    nonisolated static let policy = Policy()

    nonisolated static let conditions = ConditionLimits(
        pendingAgingAfter: .seconds(7200), backlogAbove: 10_000,
        webhookGap: WebhookGapLimit(share: 0.5, atLeast: 20, window: .seconds(3600)), interval: .seconds(60))

    /// - Parameters:
    ///   - polls: whether reports are fetched by polling.
    ///   - budget: of a cycle.
    ///   - isWatched: whether what is not about single messages is observed.
    init(polls: Bool = false, takesWebhooks: Bool = false, budget: Duration? = nil, isWatched: Bool = false) {
        client = ProviderClient(
            provider: provider, bucket: TokenBucket(ratePerSecond: 4, burst: 4, now: .zero),
            health: ProviderHealth(since: Timestamp(seconds: 0)), time: time, random: SeededGenerator(seed: 1),
            meter: meter)
        // At four requests a second, three are under way at a time.
        provider.onAsk = { [time] in try? await time.sleep(for: .milliseconds(600)) }
        reconciler = Reconciler(
            ledger: ledger, client: client, policy: Self.policy,
            reports: polls ? .polling : takesWebhooks ? .webhook : .elsewhere,
            conditions: isWatched ? Self.conditions : nil,
            limits: Reconciler.Limits(maxInFlight: 4, budget: budget), time: time, log: log, meter: meter,
            random: SeededGenerator(seed: 2))
    }

    /// Another process over the same ledger and provider; or one over another ledger.
    func another(budget: Duration? = nil, over other: (any Ledger)? = nil) -> Reconciler {
        Reconciler(
            ledger: other ?? ledger, client: client, policy: Self.policy,
            limits: Reconciler.Limits(maxInFlight: 4, budget: budget), time: time, log: log,
            random: SeededGenerator(seed: 3))
    }

    /// Ten messages a send.
    func key(_ index: Int) -> MessageKey {
        let send = String(index / 10)
        return MessageKey("KEY" + String(repeating: "0", count: 6 - send.count) + send + "00\(index % 10)")
    }

    /// Messages, accepted a quarter of an hour ago unless said, with the channels the provider knows of each.
    func add(_ count: Int, ago: Duration = .seconds(900), channels: (Int) -> [String?]) async {
        for index in 0..<count {
            await ledger.add(key(index), acceptedAt: time.now - ago)
            provider.channels[key(index)] = channels(index).enumerated().map { channel, code in
                ReportEntry(
                    key: key(index), serviceType: channel == 0 ? "ALIMTALK" : "SMS",
                    code: code.flatMap { ReportCode($0) },
                    reportedAt: code == nil ? nil : time.now - .seconds(Int64(600 - channel)))
            }
        }
    }

    func remove(_ key: MessageKey) async {
        await ledger.beforeCommit(nil)
        await ledger.add(key, acceptedAt: time.now, status: .sent)
    }

    /// Of a cycle, during which time passes.
    func outcome(of other: Reconciler? = nil) async -> Reconciler.Outcome {
        let reconciler = other ?? reconciler
        return await time.letPass { await reconciler.cycle() }
    }

    /// A cycle that the store does not fail.
    func cycle(of other: Reconciler? = nil) async -> PassSummary? {
        if case .completed(let summary) = await outcome(of: other) { summary } else { nil }
    }

    func firing() async -> [AlertName] {
        await ledger.book.firing.map(\.identity.name).sorted { $0.rawValue < $1.rawValue }
    }
}
