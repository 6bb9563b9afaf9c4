import Engine
import Reconciliation
import Testing

@testable import Alerting

struct DeliveryPlanTests {
    private let now = Timestamp(seconds: 1_800_000_000)
    private let rules = AlertRules(groupWait: .seconds(30), repeatEvery: .seconds(3600), keepFiringFor: .seconds(600))
    private let both = [
        DeliveryPlan.Recipient(name: "a", minimumSeverity: .info),
        DeliveryPlan.Recipient(name: "b", minimumSeverity: .critical),
    ]

    private func alert(_ name: AlertName, ago: Duration, labels: [String: String] = [:]) -> Alert {
        Alert(identity: AlertIdentity(name, labels: labels), count: 1, since: now - ago)
    }

    private func plan(_ alerts: [Alert], _ tellings: [Telling] = []) -> DeliveryPlan {
        DeliveryPlan(AlertSnapshot(alerts: alerts, tellings: tellings), to: both, rules: rules, now: now)
    }

    @Test func `nothing fires, nothing is due, and there is no reason to look again`() {
        let plan = plan([])
        #expect(plan.due.isEmpty)
        #expect(plan.next == nil)
    }

    @Test func `what ripens later is when to look again`() {
        let plan = plan([alert(.providerRefused, ago: .seconds(10)), alert(.deadLetters, ago: .seconds(5))])
        #expect(plan.due.isEmpty)
        #expect(plan.next == now + .seconds(20))
    }

    @Test func `the gravest first, then what waits longest, to those who want it`() {
        let plan = plan([
            alert(.deadLetters, ago: .seconds(31)), alert(.lateReports, ago: .seconds(900)),
            alert(.staleMessages, ago: .seconds(40)), alert(.providerRefused, ago: .seconds(30)),
        ])
        #expect(
            plan.due.map { "\($0.sink) \($0.alert.identity.name.rawValue)" } == [
                "a ProviderRefused", "b ProviderRefused", "a StaleMessages", "a DeadLetters", "a LateReports",
            ])
    }

    @Test func `a failed attempt is not repeated before its time, nor anything while the receiver wants rest`() {
        let alert = alert(.providerRefused, ago: .seconds(60))
        let refused = Telling(identity: alert.identity, sink: "a").refused(
            at: now, notBefore: now + .seconds(7))
        let first = plan([alert], [refused])
        #expect(first.due.map(\.sink) == ["b"])
        #expect(first.next == now + .seconds(7))
        var resting = both[0]
        resting.pausedUntil = now + .seconds(300)
        let second = DeliveryPlan(AlertSnapshot(alerts: [alert]), to: [resting], rules: rules, now: now)
        #expect(second.due.isEmpty)
        #expect(second.next == now + .seconds(300))
    }

    @Test func `the end of an alert by time is a reason to look again`() {
        var held = alert(.providerUnreachable, ago: .seconds(900))
        held.overSince = now - .seconds(100)
        let toldA = Telling(identity: held.identity, sink: "a").told(.firing, of: held, at: now - .seconds(800))
        let plan = plan([held], [toldA])
        #expect(plan.due.isEmpty)
        #expect(plan.next == now + .seconds(500))
    }

    @Test func `a sink is not told that it fails itself`() {
        let plan = plan([alert(.sinkFailing, ago: .seconds(60), labels: ["sink": "a"])])
        #expect(plan.due.isEmpty)
        #expect(plan.next == nil)
        let other = self.plan([alert(.sinkFailing, ago: .seconds(60), labels: ["sink": "b"])])
        #expect(other.due.map(\.sink) == ["a"])
    }

    @Test func `the provider's absence inhibits what it causes, and nothing else`() {
        let unreachable = alert(.providerUnreachable, ago: .seconds(60))
        let plan = plan([
            unreachable, alert(.pendingAging, ago: .seconds(60)), alert(.backlog, ago: .seconds(60)),
            alert(.deadLetters, ago: .seconds(60)),
        ])
        #expect(
            plan.due.map { "\($0.sink) \($0.alert.identity.name.rawValue)" } == [
                "a ProviderUnreachable", "b ProviderUnreachable", "a DeadLetters",
            ])
    }

    @Test func `a key that only may not poll inhibits nothing`() {
        var refused = alert(.providerRefused, ago: .seconds(60))
        refused.cause = .polling
        let due = plan([refused, alert(.backlog, ago: .seconds(60))]).due
        #expect(due.contains { $0.alert.identity.name == .backlog })
        refused.cause = nil
        let inhibited = plan([refused, alert(.backlog, ago: .seconds(60))]).due
        #expect(!inhibited.contains { $0.alert.identity.name == .backlog })
    }

    @Test func `a new sink is not told what has been over for longer than a day, one that could not be told is`() {
        var over = alert(.deadLetters, ago: .seconds(3 * 86_400))
        over.state = .resolved
        over.resolvedAt = now - .seconds(2 * 86_400)
        #expect(plan([over]).due.isEmpty)
        let tried = Telling(identity: over.identity, sink: "a").refused(
            at: now - .seconds(86_410), notBefore: now - .seconds(86_400))
        #expect(plan([over], [tried]).due.map(\.kind) == [.firing])
        over.resolvedAt = now - .seconds(3600)
        #expect(plan([over]).due.map(\.kind) == [.firing])
    }
}
