import Engine
import Reconciliation
import Support

@testable import Alerting

/// Daemon, provider, application and sink through a night of virtual time.
@EventLoop
final class Night {
    static let rules = AlertRules(
        groupWait: .seconds(30), repeatEvery: .seconds(4 * 3600), keepFiringFor: .seconds(600))
    static let start = Timestamp(seconds: 1_800_000_000)

    let time = VirtualTime(now: Night.start)
    let provider = ScriptedProvider()
    let ledger = InMemoryLedger(rules: Night.rules)
    let sink = ScriptedSink("ops")
    let alerts: AlertDispatcher
    let reconciler: Reconciler
    private var messages = 0

    init() {
        let log = RecordingLog()
        alerts = AlertDispatcher(
            ledger: ledger, sinks: [sink], rules: Self.rules, sender: Sender(host: "host", version: "1.0"),
            time: time, log: log)
        let client = ProviderClient(
            provider: provider, bucket: TokenBucket(ratePerSecond: 4, burst: 4, now: .zero),
            health: ProviderHealth(since: Self.start), time: time, random: SeededGenerator(seed: 1))
        let policy = Policy()
        let conditions = ConditionLimits(
            pendingAgingAfter: .seconds(7200), backlogAbove: 10_000,
            webhookGap: WebhookGapLimit(share: 0.5, atLeast: 20, window: .seconds(3600)), interval: .seconds(60))
        reconciler = Reconciler(
            ledger: ledger, client: client, policy: policy, conditions: conditions,
            limits: Reconciler.Limits(maxInFlight: 4, budget: .seconds(60)), time: time, log: log,
            random: SeededGenerator(seed: 2))
    }

    /// Cycles until so many minutes have passed, at their end when nothing goes on, and what the dispatcher makes of them.
    func pass(minutes: Int = 1) async {
        let end = time.now + .seconds(Int64(60 * minutes))
        await time.letPass { [self] in
            var isCutShort = true
            while isCutShort, time.now < end {
                guard case .completed(let summary) = await reconciler.cycle() else { break }
                isCutShort = summary.isCutShort
                alerts.wake()
            }
            try? await time.sleep(for: end - time.now)
        }
        alerts.wake()
        await settle()
    }

    /// Somebody sets the machine's wall clock.
    func setClock(by duration: Duration) {
        time.set(time.now + duration)
    }

    /// Until the dispatcher has done what it can do now.
    private func settle() async {
        repeat { await time.untilIdle() } while !alerts.isAtRest(except: [])
    }

    @discardableResult
    func accept(_ codes: String?..., ago: Duration = .zero) async -> MessageKey {
        messages += 1
        let digits = String(messages)
        let key = MessageKey("NIGHT" + String(repeating: "0", count: 6 - digits.count) + digits)
        provider.channels[key] = codes.map {
            ReportEntry(key: key, code: $0.flatMap { ReportCode($0) }, reportedAt: time.now)
        }
        await ledger.add(key, acceptedAt: time.now - ago)
        return key
    }
}
