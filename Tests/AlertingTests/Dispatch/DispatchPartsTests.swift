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

    private func plan(_ alerts: [Alert], _ tellings: [NotificationRecord] = []) -> DeliveryPlan {
        DeliveryPlan(AlertSnapshot(alerts: alerts, tellings: tellings), to: both, rules: rules, now: now)
    }

    @Test("nothing fires, nothing is due, and there is no reason to look again")
    func nothing() {
        let plan = plan([])
        #expect(plan.due.isEmpty)
        #expect(plan.next == nil)
    }

    @Test("what ripens later is when to look again")
    func ripening() {
        let plan = plan([alert(.providerRefused, ago: .seconds(10)), alert(.deadLetters, ago: .seconds(5))])
        #expect(plan.due.isEmpty)
        #expect(plan.next == now + .seconds(20))
    }

    @Test("the gravest first, then what waits longest, to those who want it")
    func order() {
        let plan = plan([
            alert(.deadLetters, ago: .seconds(31)), alert(.lateReports, ago: .seconds(900)),
            alert(.staleMessages, ago: .seconds(40)), alert(.providerRefused, ago: .seconds(30)),
        ])
        #expect(
            plan.due.map { "\($0.sink) \($0.alert.identity.name.rawValue)" } == [
                "a ProviderRefused", "b ProviderRefused", "a StaleMessages", "a DeadLetters", "a LateReports",
            ])
    }

    @Test("a failed attempt is not repeated before its time, nor anything while the receiver wants rest")
    func pauses() {
        let alert = alert(.providerRefused, ago: .seconds(60))
        let refused = NotificationRecord(identity: alert.identity, sink: "a").refused(
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

    @Test("the end of an alert by time is a reason to look again")
    func end() {
        var held = alert(.providerUnreachable, ago: .seconds(900))
        held.overSince = now - .seconds(100)
        let toldA = NotificationRecord(identity: held.identity, sink: "a").told(
            .firing, of: held, at: now - .seconds(800))
        let plan = plan([held], [toldA])
        #expect(plan.due.isEmpty)
        #expect(plan.next == now + .seconds(500))
    }

    @Test("what was told of one code is not taken for told of another")
    func identities() {
        let known = alert(.accountRefused, ago: .seconds(60), labels: ["code": "64008"])
        let new = alert(.accountRefused, ago: .seconds(60), labels: ["code": "64011"])
        let told = ["a", "b"].map { sink in
            NotificationRecord(identity: known.identity, sink: sink).told(.firing, of: known, at: now - .seconds(50))
        }
        let plan = plan([known, new], told)
        #expect(plan.due.map(\.sink) == ["a", "b"])
        #expect(plan.due.allSatisfy { $0.alert.identity == new.identity })
    }

    @Test("a sink is not told that it fails itself")
    func ownFailure() {
        let plan = plan([alert(.sinkFailing, ago: .seconds(60), labels: ["sink": "a"])])
        #expect(plan.due.isEmpty)
        #expect(plan.next == nil)
        let other = self.plan([alert(.sinkFailing, ago: .seconds(60), labels: ["sink": "b"])])
        #expect(other.due.map(\.sink) == ["a"])
    }

    @Test("the provider's absence inhibits what it causes, and nothing else")
    func inhibition() {
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

    @Test("a key that only may not poll inhibits nothing")
    func pollingKey() {
        var refused = alert(.providerRefused, ago: .seconds(60))
        refused.cause = .polling
        let due = plan([refused, alert(.backlog, ago: .seconds(60))]).due
        #expect(due.contains { $0.alert.identity.name == .backlog })
        refused.cause = nil
        let inhibited = plan([refused, alert(.backlog, ago: .seconds(60))]).due
        #expect(!inhibited.contains { $0.alert.identity.name == .backlog })
    }

    @Test("a new sink is not told what has been over for longer than a day, one that could not be told is")
    func newSink() {
        var over = alert(.deadLetters, ago: .seconds(3 * 86_400))
        over.state = .resolved
        over.resolvedAt = now - .seconds(2 * 86_400)
        #expect(plan([over]).due.isEmpty)
        let tried = NotificationRecord(identity: over.identity, sink: "a").refused(
            at: now - .seconds(86_410), notBefore: now - .seconds(86_400))
        #expect(plan([over], [tried]).due.map(\.kind) == [.firing])
        over.resolvedAt = now - .seconds(3600)
        #expect(plan([over]).due.map(\.kind) == [.firing])
    }
}

struct DispatchPartsTests {
    private let identity = AlertIdentity(.deadLetters)
    private let now = Timestamp(seconds: 1_800_000_000)

    private func telling(count: Int) -> NotificationRecord {
        var telling = NotificationRecord(identity: identity, sink: "a")
        telling.toldCount = count
        return telling
    }

    @Test("the pause doubles up to ten minutes")
    func doubling() {
        let pauses = (1...9).map { DeliveryBackoff.delay(failures: $0, retryAfter: nil, permanent: false) }
        #expect(pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600].map { .seconds($0) })
        #expect(DeliveryBackoff.delay(failures: 1_000_000, retryAfter: nil, permanent: false) == .seconds(600))
        #expect(DeliveryBackoff.delay(failures: 1, retryAfter: nil, permanent: true) == .seconds(600))
    }

    @Test("the receiver's wish counts where it is longer, up to an hour")
    func wish() {
        #expect(DeliveryBackoff.delay(failures: 1, retryAfter: .seconds(60), permanent: false) == .seconds(60))
        #expect(DeliveryBackoff.delay(failures: 5, retryAfter: .seconds(1), permanent: false) == .seconds(80))
        #expect(DeliveryBackoff.delay(failures: 1, retryAfter: .seconds(86_400), permanent: false) == .seconds(3600))
    }

    @Test("what the ledger has not taken goes before what it shows")
    func kept() {
        var memory = UnshownRecords()
        memory.keep(telling(count: 2))
        let shown = AlertSnapshot(tellings: [telling(count: 1)])
        #expect(memory.applied(to: shown).tellings.map(\.toldCount) == [2])
        memory.forgetRecorded()
        #expect(memory.unrecorded.map(\.toldCount) == [2])
    }

    @Test("what was recorded while a snapshot was read is remembered for that snapshot")
    func whileReading() {
        var memory = UnshownRecords()
        memory.forgetRecorded()  // the reading begins
        memory.keep(telling(count: 2))
        memory.noteRecorded(telling(count: 2))
        #expect(memory.unrecorded.isEmpty)
        #expect(memory.applied(to: AlertSnapshot(tellings: [telling(count: 1)])).tellings.map(\.toldCount) == [2])
        memory.forgetRecorded()  // the next reading begins
        #expect(memory.applied(to: AlertSnapshot(tellings: [telling(count: 3)])).tellings.map(\.toldCount) == [3])
    }

    @Test("a newer telling is not taken for recorded with the older one")
    func newer() {
        var memory = UnshownRecords()
        memory.keep(telling(count: 1))
        memory.keep(telling(count: 2))
        memory.noteRecorded(telling(count: 1))
        #expect(memory.unrecorded.map(\.toldCount) == [2])
    }

    @Test("a store that can be read but not written is still in trouble")
    func readable() {
        var trouble = LedgerTrouble()
        #expect(trouble.note(.read, failed: false) == nil)
        #expect(trouble.note(.write, failed: true) == .began)
        #expect(trouble.note(.read, failed: false) == nil)
        #expect(trouble.retryAfter == .seconds(5))
        #expect(trouble.note(.write, failed: true) == nil)
        #expect(trouble.retryAfter == .seconds(10))
        for _ in 0..<20 { _ = trouble.note(.write, failed: true) }
        #expect(trouble.retryAfter == .seconds(60))
        #expect(trouble.note(.write, failed: false) == .ended)
        #expect(trouble.retryAfter == nil)
    }

    @Test("a sink fails after three failures in a row or a permanent one")
    func failing() {
        var health = SinkHealth()
        health.failed(detail: "HTTP 500", permanent: false)
        health.failed(detail: "HTTP 500", permanent: false)
        #expect(health.isFailing == nil)
        health.succeeded()
        #expect(health.isFailing == false)
        health.failed(detail: "HTTP 500", permanent: false)
        health.failed(detail: "HTTP 500", permanent: false)
        #expect(health.isFailing == false)
        health.failed(detail: "HTTP 502", permanent: false)
        #expect(health.isFailing == true)
        #expect(health.detail == "HTTP 502")
        var other = SinkHealth()
        other.failed(detail: "HTTP 404", cause: .address, permanent: true)
        #expect(other.finding == .failing(.address))
        other.failed(detail: "HTTP 503", permanent: false)
        #expect(other.finding == .failing(nil))
    }
}

@EventLoop
struct SinkTestTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    @Test("a test says that it is one, and wakes nobody without need", arguments: AlertLanguage.allCases)
    func harmless(language: AlertLanguage) async throws {
        let identity = Sender(host: "node-1", version: "1.2.3", language: language)
        for severity in AlertSeverity.allCases {
            let sink = ScriptedSink("a", minimumSeverity: severity)
            #expect(await SinkTest.tell(sink, by: identity, at: now) == nil)
            let told = try #require(sink.attempts.first)
            #expect(told.name == "AlertTest")
            #expect(AlertName(rawValue: told.name) == nil)
            #expect(told.severity == severity)
            #expect(told.state == .firing)
            #expect(told.summary.contains(language == .korean ? "시험 알림입니다" : "This is a test"))
        }
    }

    @Test("why it was not taken is said")
    func reasons() async throws {
        let sink = ScriptedSink("a")
        sink.answer = .failed(detail: "HTTP 404", retryAfter: nil, permanent: true)
        let failure = await SinkTest.tell(sink, by: Sender(host: "h", version: "v"), at: now)
        #expect(failure == SinkTest.Failure(detail: "HTTP 404", isPermanent: true))
    }
}
