import Engine
import Reconciliation
import Support
import Testing

@testable import Alerting

/// A desk with everything around it scripted.
@Loop
final class DeskBench {
    static let rules = AlertRules(
        groupWait: .seconds(30), repeatEvery: .seconds(4 * 3600), keepFiringFor: .seconds(600))

    let time = ManualTime()
    let ledger: MemoryAlertLedger
    let log = RecordingLog()
    let meter = RecordingMeter()
    let sinks: [ScriptedSink]
    private(set) var progress = 0
    private(set) var desk: AlertDesk!

    init(
        _ sinks: [ScriptedSink], rules: AlertRules = DeskBench.rules, ledger: MemoryAlertLedger? = nil,
        troubleFile: TroubleFile? = nil
    ) {
        self.sinks = sinks
        self.ledger = ledger ?? MemoryAlertLedger(rules: rules)
        desk = AlertDesk(
            ledger: self.ledger, sinks: sinks, rules: rules, identity: DeskIdentity(host: "host", version: "1.0"),
            time: time, log: log, troubleFile: troubleFile, meter: meter,
            onProgress: { [unowned self] in progress += 1 })
    }

    func observe(_ observations: AlertObservation...) async {
        do {
            try await ledger.observe(observations, at: time.now)
        } catch {
            Issue.record("the ledger refused: \(error)")
        }
        desk.wake()
    }

    /// Lets time pass in steps, and the desk do what it does at each.
    func pass(_ duration: Duration, inStepsOf step: Duration? = nil) async {
        var left = duration
        while left > .zero {
            let next = min(left, step ?? left)
            time.advance(by: next)
            left -= next
            await settle()
        }
    }

    /// Until the desk has done what it can do now: no round, and no delivery but those that hang.
    func settle() async {
        var turnsAtRest = 0
        while turnsAtRest < 20 {
            await Task.yield()
            if desk.isAtRest(except: sinks.filter { $0.hangs && $0.inProgress > 0 }.map(\.name)) {
                turnsAtRest += 1
            } else {
                turnsAtRest = 0
                try? await Task.sleep(for: .microseconds(200))
            }
        }
    }
}

func deadLetters(_ count: Int) -> AlertObservation {
    .occurred(
        .deadLetters,
        AlertOccurrence(
            count: count, examples: (0..<min(count, 10)).map { MessageKey("key-\($0)") },
            tally: ["recipient": count, "23001": count]))
}
