package import Engine
package import Reconciliation

/// Tells the sinks what is due, when it is due: carries out `DeliveryPlan` (alertmanager's notify stages, with the
/// ledger as their memory).
///
/// The outbox is what the alerts are less what each sink has been told. A telling is recorded only after the sink
/// took the notification, so a crash in between repeats it at worst. That it was going to be told of a condition is
/// recorded before, so that it hears of the end though the process was killed in between.
///
/// Each sink is told one thing at a time, whatever the others do: one that hangs delays nobody but itself. Whoever
/// changes alerts calls `wake()`; the desk sets its own timer for what becomes due later.
///
/// `alert.fired|repeated|resolved` in the log are written by a `LogSink`. The log is where people look when all else
/// fails, so when none is configured the desk has one of its own: those lines depend on no configuration but the
/// configured log sink's `min_severity`.
@Loop
package final class AlertDesk {
    let ledger: any AlertLedger
    let sinks: [any AlertSink]
    let rules: AlertRules
    let identity: DeskIdentity
    let time: any Timekeeper
    let log: any Log
    let troubleFile: TroubleFile?
    let meter: any Meter
    let onProgress: @Loop () -> Void

    var volatile = VolatileAlerts()
    var memory = TellingMemory()
    var health: [String: SinkHealth] = [:]
    var pass: SinglePass?
    var trouble = LedgerTrouble()
    /// The episode of `StoreTrouble` that the next process will know wrongly, as the log says.
    var forgottenTrouble: Int?
    /// As the ledger said last.
    private var firing: [AlertName: Int] = [:]

    /// A round is running; another one is wanted after it.
    private var isInRound = false
    private var isRoundWanted = false
    private var isStopped = false
    private(set) var isBrokenOff = false
    private var hasAdopted = false
    private var timer: Task<Void, Never>?
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// Longest sleep: the wall clock may be set while we sleep by another.
    private static let longestSleep = Duration.seconds(600)

    /// - Parameters:
    ///   - sinks: with unique names; `sinkNames` then has all the desk tells, its own included.
    ///   - troubleFile: where `StoreTrouble` is kept for the next process; nil to forget it with this one.
    ///   - onProgress: called after every delivery attempt, whatever came of it, but for those that only repeat what
    ///     the receiver knows: a timer's work is no sign of life.
    package init(
        ledger: any AlertLedger, sinks: [any AlertSink], rules: AlertRules, identity: DeskIdentity,
        time: any Timekeeper, log: any Log, troubleFile: TroubleFile? = nil, meter: any Meter = NoMeter(),
        onProgress: @escaping @Loop () -> Void = {}
    ) {
        self.ledger = ledger
        self.sinks = Self.withLogSink(sinks, log: log)
        self.rules = rules
        self.identity = identity
        self.time = time
        self.log = log
        self.troubleFile = troubleFile
        self.meter = meter
        self.onProgress = onProgress
        for sink in self.sinks { health[sink.name] = SinkHealth() }
    }

    /// The configured sinks, and one that writes to the log where none of them does.
    package static func withLogSink(_ sinks: [any AlertSink], log: any Log) -> [any AlertSink] {
        sinks.contains { $0 is LogSink } ? sinks : sinks + [LogSink.implicit(beside: sinks, log: log)]
    }

    deinit {
        timer?.cancel()
    }

    /// Everybody the desk tells, as tellings name them.
    package var sinkNames: [String] { sinks.map(\.name) }

    /// Something may have become due. Returns at once.
    package func wake() {
        guard !isStopped else { return }
        isRoundWanted = true
        guard !isInRound else { return }
        isInRound = true
        Task { await self.rounds() }
    }

    /// One attempt for everything due now, for a command that ends; returns when all have ended, which every sink
    /// bounds. What was not taken stays in the outbox, and is a line in the log.
    package func flush() async {
        pass = SinglePass()
        wake()
        await quiet()
        pass = nil
    }

    /// At shutdown: tells what is due now, within the bound, and then nothing any more. What is not told by then is
    /// in the outbox for the next start.
    package func drain(within limit: Duration) async {
        timer?.cancel()
        let time = time
        let bound = Task { [weak self] in
            guard (try? await time.sleep(for: limit)) != nil else { return }
            self?.stop()
        }
        await flush()
        bound.cancel()
        stop()
    }

    /// For a process that ends: tells nobody anything more. `drain` returns when the deliveries under way have ended,
    /// which the sinks, and the caller, see to now.
    /// - Returns: how many those are. That they fail says nothing of their sinks.
    package func breakOff() -> Int {
        let hanging = sinks.filter { health[$0.name]?.isBusy == true }
        isStopped = true
        isBrokenOff = true
        timer?.cancel()
        for sink in hanging { sink.breakOff() }
        if hanging.isEmpty { resumeWaiters() }
        return hanging.count
    }

    private func stop() {
        isStopped = true
        timer?.cancel()
        resumeWaiters()
    }

    // MARK: - Rounds

    /// Nothing is going on, but for deliveries by these sinks.
    func isAtRest(except hanging: [String]) -> Bool {
        !isInRound && !health.contains { $0.value.isBusy && !hanging.contains($0.key) }
    }

    private func rounds() async {
        while isRoundWanted, !isStopped {
            isRoundWanted = false
            await round()
        }
        isInRound = false
        if !health.values.contains(where: \.isBusy) { resumeWaiters() }
    }

    private func round() async {
        await recordKept()
        await noteSinkHealth()
        let snapshot = await currentSnapshot()
        let now = time.now
        var plan = DeliveryPlan(snapshot, to: idleRecipients, rules: rules, now: now)
        guard !isStopped else { return }
        for sink in sinks {
            guard let item = plan.due.first(where: { $0.sink == sink.name && pass?.permits($0.attempt) != false })
            else { continue }
            start(item, by: sink)
        }
        if let pause = trouble.retryAfter { plan.lookAgain(now + pause) }
        armTimer(plan.next, now: now)
    }

    private var idleRecipients: [DeliveryPlan.Recipient] {
        sinks.filter { health[$0.name]?.isBusy != true }.map {
            DeliveryPlan.Recipient($0, pausedUntil: pauseEnd(of: $0.name))
        }
    }

    private func pauseEnd(of sink: String) -> Timestamp? {
        health[sink]?.pausedUntil.map { time.now + ($0 - time.uptime) }
    }

    private func start(_ item: DeliveryPlan.Item, by sink: any AlertSink) {
        health[sink.name]?.isBusy = true
        pass?.note(item.attempt)
        Task {
            await self.deliver(item, by: sink)
            self.health[sink.name]?.isBusy = false
            self.wake()
            if self.isStopped, !self.health.values.contains(where: \.isBusy) { self.resumeWaiters() }
        }
    }

    /// The ledger's alerts with what only the desk knows; the latter alone when the ledger cannot be read.
    private func currentSnapshot() async -> AlertSnapshot {
        memory.forgetRecorded()
        var snapshot = AlertSnapshot()
        do {
            snapshot = try await ledger.alerts(at: time.now)
            note(.read, nil)
            adopt(snapshot)
            learn(from: snapshot)
            firing = snapshot.firing
        } catch {
            note(.read, error)
        }
        volatile.advance(to: time.now, rules: rules)
        meter.firing(firing.merging(volatile.merged(into: AlertSnapshot()).firing, uniquingKeysWith: +))
        return broughtBack(volatile.merged(into: memory.applied(to: snapshot)))
    }

    /// Without times of tellings noted while the clock was ahead: a sink must not hear nothing until it is there again.
    /// The next round records that: while a sink is busy with something else, a plan must not wait for the ledger.
    private func broughtBack(_ snapshot: AlertSnapshot) -> AlertSnapshot {
        var result = snapshot
        for (index, telling) in snapshot.tellings.enumerated() {
            let mended = telling.broughtBack(to: time.now, longestWait: DeliveryBackoff.longestRetryAfter)
            guard mended != telling else { continue }
            result.tellings[index] = mended
            keep(mended)
            isRoundWanted = true
        }
        return result
    }

    /// Takes over, once, what an earlier run has left: counts of failures, and alerts about sinks there are no more.
    private func adopt(_ snapshot: AlertSnapshot) {
        guard !hasAdopted else { return }
        hasAdopted = true
        for telling in snapshot.tellings { health[telling.sink]?.adopt(failuresInARow: telling.failures) }
        for alert in snapshot.alerts where alert.isFiring && alert.identity.name == .sinkFailing {
            guard let name = alert.identity.labels["sink"], health[name] == nil else { continue }
            health[name] = SinkHealth(isGone: true)
            isRoundWanted = true
        }
    }

    /// Somebody else has seen a sink take something (`alert-test`), and has ended its alert: what was found of it before
    /// does not hold any more.
    private func learn(from snapshot: AlertSnapshot) {
        let failing = Set(snapshot.alerts.filter(\.isFiring).map(\.identity))
        for (name, state) in health where state.isNotedAsFailing && !failing.contains(.sinkFailing(name)) {
            health[name]?.succeeded()
            health[name]?.noted = .well
        }
    }

    // MARK: - Waiting

    private func armTimer(_ next: Timestamp?, now: Timestamp) {
        timer?.cancel()
        timer = nil
        guard let next, pass == nil, !isStopped else { return }
        let pause = min(max(next - now, .milliseconds(1)), Self.longestSleep)
        let time = time
        timer = Task(executorPreference: Loop.taskExecutor) { [weak self] in
            guard (try? await time.sleep(for: pause)) != nil else { return }
            await self?.wake()
        }
    }

    private func quiet() async {
        guard !isStopped, isInRound || health.values.contains(where: \.isBusy) else { return }
        await withCheckedContinuation { waiters.append($0) }
    }

    private func resumeWaiters() {
        let resumed = waiters
        waiters = []
        for waiter in resumed { waiter.resume() }
    }
}
