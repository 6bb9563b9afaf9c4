import Engine
import Reconciliation
import Support
import Testing

@testable import Alerting

/// A dispatcher with everything around it scripted.
@EventLoop
final class DispatcherBench {
    static let rules = AlertRules(
        groupWait: .seconds(30), repeatEvery: .seconds(4 * 3600), keepFiringFor: .seconds(600))

    let time = VirtualTime()
    let ledger: MemoryAlertLedger
    let log = RecordingLog()
    let meter = RecordedMetrics()
    let sinks: [ScriptedSink]
    private(set) var progress = 0
    private(set) var alerts: AlertDispatcher!

    init(
        _ sinks: [ScriptedSink], rules: AlertRules = DispatcherBench.rules, ledger: MemoryAlertLedger? = nil,
        troubleFile: StoreTroubleFile? = nil, isAtServer: Bool = false
    ) {
        self.sinks = sinks
        self.ledger = ledger ?? MemoryAlertLedger(rules: rules)
        alerts = AlertDispatcher(
            ledger: self.ledger, sinks: sinks, rules: rules, sender: Sender(host: "host", version: "1.0"),
            time: time, log: log, troubleFile: troubleFile, isAtServer: isAtServer, meter: meter,
            onProgress: { [unowned self] in progress += 1 })
    }

    func observe(_ observations: AlertObservation...) async {
        do {
            try await ledger.observe(observations, at: time.now)
        } catch {
            Issue.record("the ledger refused: \(error)")
        }
        alerts.wake()
    }

    /// Lets time pass in steps, and the dispatcher do what it does at each: nothing where that wakes nobody.
    func pass(_ duration: Duration, inStepsOf step: Duration? = nil) async {
        var left = duration
        var isSettled = false
        while left > .zero {
            let next = min(left, step ?? left)
            let wakesSomebody = time.advance(by: next)
            left -= next
            if wakesSomebody || !isSettled { await settle() }
            isSettled = true
        }
    }

    /// Until the dispatcher has done what it can do now: no round, and no delivery but those that hang.
    func settle() async {
        repeat {
            await time.untilIdle()
        } while !alerts.isAtRest(except: sinks.filter { $0.hangs && $0.inProgress > 0 }.map(\.name))
    }
}

func deadLetters(_ count: Int) -> AlertObservation {
    .occurred(
        .deadLetters,
        AlertOccurrence(
            count: count, examples: (0..<min(count, 10)).map { MessageKey("key-\($0)") },
            tally: ["recipient": count, "23001": count]))
}

/// Alerts and tellings as the SQLite ledger keeps them, in memory; it outlives the dispatcher as a file outlives a process.
/// It works on the loop, so that `VirtualTime` knows when it waits.
actor MemoryAlertLedger: AlertLedger {
    nonisolated var unownedExecutor: UnownedSerialExecutor { EventLoop.shared.unownedExecutor }

    private let rules: AlertRules
    private(set) var alerts: [AlertIdentity: Alert] = [:]
    private(set) var tellings: [NotificationRecord] = []
    private var lastDeliveryAt: Timestamp?
    private(set) var recordings = 0
    private var readError: LedgerError?
    private var writeError: LedgerError?

    init(rules: AlertRules) {
        self.rules = rules
    }

    func fail(reads: LedgerError? = nil, writes: LedgerError? = nil) {
        readError = reads
        writeError = writes
    }

    func alerts(at now: Timestamp) async throws(LedgerError) -> AlertSnapshot {
        if let readError { throw readError }
        change { $0.advance(to: now, rules: rules) }
        return AlertSnapshot(alerts: Array(alerts.values), tellings: tellings)
    }

    func record(_ telling: NotificationRecord) async throws(LedgerError) {
        recordings += 1
        if let writeError { throw writeError }
        tellings.removeAll { $0.identity == telling.identity && $0.sink == telling.sink }
        tellings.append(telling)
    }

    func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError) {
        if let writeError { throw writeError }
        change { for observation in observations { $0.apply(observation, at: now, rules: rules) } }
    }

    func telling(_ identity: AlertIdentity, _ sink: String) -> NotificationRecord? {
        tellings.first { $0.identity == identity && $0.sink == sink }
    }

    func acknowledge(_ identity: AlertIdentity) {
        alerts[identity]?.isAcknowledged = true
    }

    private func change(_ body: (inout AlertStates) -> Void) {
        var book = AlertStates(Array(alerts.values), tellings: tellings, lastDeliveryAt: lastDeliveryAt)
        body(&book)
        alerts = book.alerts
        lastDeliveryAt = book.lastDeliveryAt
    }
}

/// A sink that answers what the test says, or not at all.
@EventLoop
final class ScriptedSink: AlertSink {
    let name: String
    let minimumSeverity: AlertSeverity
    let refreshEvery: Duration?
    /// All attempts, taken or not.
    private(set) var attempts: [Notification] = []
    var answer = Delivery.accepted
    /// Does not answer until `release()`.
    var hangs = false
    private(set) var inProgress = 0
    private(set) var mostInProgress = 0
    private var held: [CheckedContinuation<Void, Never>] = []

    init(_ name: String, minimumSeverity: AlertSeverity = .info, refreshEvery: Duration? = nil) {
        self.name = name
        self.minimumSeverity = minimumSeverity
        self.refreshEvery = refreshEvery
    }

    func deliver(_ notification: Notification) async -> Delivery {
        attempts.append(notification)
        inProgress += 1
        mostInProgress = max(mostInProgress, inProgress)
        defer { inProgress -= 1 }
        if hangs { await withCheckedContinuation { held.append($0) } }
        return answer
    }

    func release() {
        hangs = false
        let released = held
        held = []
        for continuation in released { continuation.resume() }
    }

    /// `DeadLetters firing 3`
    var lines: [String] {
        attempts.map { "\($0.dedupKey) \($0.kind.rawValue) \($0.count)" }
    }
}

/// Answers every request with the same result, and keeps the requests.
@EventLoop
final class ScriptedTransport: HTTPTransport {
    private(set) var requests: [HTTPRequest] = []
    private let result: Result<HTTPResponse, TransportError>

    init(_ result: Result<HTTPResponse, TransportError>) {
        self.result = result
    }

    convenience init(status: Int, headers: [HTTPHeader] = []) {
        self.init(.success(HTTPResponse(status: status, headers: headers)))
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        requests.append(request)
        return try result.get()
    }
}

extension Notification {
    static func sample(
        _ kind: NotificationKind = .firing,
        identity: AlertIdentity = AlertIdentity(.accountRefused, labels: ["code": "64008"]),
        summary: String = "what happened", examples: [String] = ["key-1", "key-2"],
        language: AlertLanguage = .english
    ) -> Notification {
        Notification(
            identity: identity, kind: kind, summary: summary, count: 500, examples: examples.map { MessageKey($0) },
            since: Timestamp(milliseconds: 1_800_000_000_123), at: Timestamp(milliseconds: 1_800_000_060_000),
            host: "node-1", version: "1.2.3", language: language)
    }
}
