package import Engine
package import Reconciliation

/// Tells the sinks what is due, when it is due: carries out `DeliveryPlan` (alertmanager's notify stages, with the
/// ledger as their memory).
///
/// The outbox is what the alerts are less what each sink has been told. That is recorded only after the sink took the
/// notification, so a crash in between repeats it at worst. That it was going to be told of a condition is recorded
/// before, so that it hears of the end though the process was killed in between.
///
/// Each sink is told one thing at a time, whatever the others do: one that hangs delays nobody but itself. Whoever
/// changes alerts calls `wake()`; the dispatcher sets its own timer for what becomes due later.
///
/// `alert.fired|repeated|resolved` in the log are written by a `LogSink`. The log is where people look when all else
/// fails, so when none is configured the dispatcher has one of its own: those lines depend on no configuration but the
/// configured log sink's `min_severity`.
@EventLoop
package final class AlertDispatcher: AlertNotifier {
    private let records: NotificationLog
    private let storeTrouble: StoreTroubleAlert
    private let sinks: [any AlertSink]
    private let rules: AlertRules
    private let sender: Sender
    private let time: any Timekeeper
    private let log: any Log
    private let meter: any MetricsRecorder
    private let onProgress: @EventLoop () -> Void

    private var health: [String: SinkHealth] = [:]
    private var pass: SinglePass?
    /// As the ledger said last.
    private var firing: [AlertName: Int] = [:]

    /// A round is running; another one is wanted after it.
    private var isInRound = false
    private var isRoundWanted = false
    private var isStopped = false
    private var isBrokenOff = false
    private var hasAdopted = false
    private var timer: Task<Void, Never>?
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// Longest sleep: the wall clock may be set while we sleep by another.
    private static let longestSleep = Duration.seconds(600)
    /// Long enough for a slow receiver, short enough for a service manager's patience.
    private static let shutdownLimit = Duration.seconds(10)

    /// - Parameters:
    ///   - sinks: with unique names; `sinkNames` then has all that are told, the implicit one included.
    ///   - troubleFile: where `StoreTrouble` is kept for the next process; nil to forget it with this one.
    ///   - isAtServer: whether the store is.
    ///   - onProgress: called after every delivery attempt, whatever came of it, but for those that only repeat what
    ///     the receiver knows: a timer's work is no sign of life.
    package init(
        ledger: any AlertLedger, sinks: [any AlertSink], rules: AlertRules, sender: Sender, time: any Timekeeper,
        log: any Log, troubleFile: StoreTroubleFile? = nil, isAtServer: Bool = false,
        meter: any MetricsRecorder = NoMetrics(),
        onProgress: @escaping @EventLoop () -> Void = {}
    ) {
        let sinks = Self.withLogSink(sinks, log: log)
        records = NotificationLog(ledger, log: log)
        storeTrouble = StoreTroubleAlert(
            troubleFile, isAtServer: isAtServer, tellingTo: sinks.map { DeliveryPlan.Recipient($0) }, rules: rules,
            log: log)
        self.sinks = sinks
        self.rules = rules
        self.sender = sender
        self.time = time
        self.log = log
        self.meter = meter
        self.onProgress = onProgress
        for sink in sinks { health[sink.name] = SinkHealth() }
    }

    /// The configured sinks, and one that writes to the log where none of them does.
    package static func withLogSink(_ sinks: [any AlertSink], log: any Log) -> [any AlertSink] {
        sinks.contains { $0 is LogSink } ? sinks : sinks + [LogSink.implicit(beside: sinks, log: log)]
    }

    deinit {
        timer?.cancel()
    }

    /// Everybody who is told, as records name them.
    package var sinkNames: [String] { sinks.map(\.name) }

    /// Something may have become due. Returns at once.
    package func wake() {
        guard !isStopped else { return }
        isRoundWanted = true
        guard !isInRound else { return }
        isInRound = true
        EventLoop.task { [self] in await self.rounds() }
    }

    /// The store cannot be used. Kept outside of it and told all the same.
    package func storeTrouble(_ error: LedgerError) {
        storeTrouble.begin(error, at: time.now)
        wake()
    }

    /// The store can be used (again); call it as often as you like. Ends what an earlier process told, too.
    package func storeRecovered() {
        if storeTrouble.end(at: time.now) { wake() }
    }

    /// One attempt for everything due now, for a command that ends; returns when all have ended, which every sink
    /// bounds. What was not taken stays in the outbox, and is a line in the log.
    package func flush() async {
        pass = SinglePass()
        wake()
        await quiet()
        pass = nil
    }

    package func drain() async {
        await drain(within: Self.shutdownLimit)
    }

    /// At shutdown: tells what is due now, within the bound, and then nothing any more. What is not told by then is
    /// in the outbox for the next start.
    func drain(within limit: Duration) async {
        timer?.cancel()
        let time = time
        let bound = EventLoop.task { [weak self] in
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
        let hanging = sinks.filter { isBusy($0.name) }
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

    private func isBusy(_ sink: String) -> Bool { health[sink]?.isBusy == true }

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
        await records.recordKept(except: isBusy)
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
        if let pause = records.retryAfter { plan.lookAgain(now + pause) }
        armTimer(plan.next, now: now)
    }

    private var idleRecipients: [DeliveryPlan.Recipient] {
        sinks.filter { !isBusy($0.name) }.map { DeliveryPlan.Recipient($0, pausedUntil: pauseEnd(of: $0.name)) }
    }

    private func pauseEnd(of sink: String) -> Timestamp? {
        health[sink]?.pausedUntil.map { time.now + ($0 - time.uptime) }
    }

    private func start(_ item: DeliveryPlan.Item, by sink: any AlertSink) {
        health[sink.name]?.isBusy = true
        pass?.note(item.attempt)
        EventLoop.task { [self] in
            await self.deliver(item, by: sink)
            self.health[sink.name]?.isBusy = false
            self.wake()
            if self.isStopped, !self.health.values.contains(where: \.isBusy) { self.resumeWaiters() }
        }
    }

    /// One delivery and what follows from it.
    private func deliver(_ item: DeliveryPlan.Item, by sink: any AlertSink) async {
        if let begun = item.record.begun(item.kind) { await record(begun) }
        let startedUptime = time.uptime
        let outcome = await sink.deliver(Notification(item, by: sender, at: time.now))
        // It stays in the outbox.
        guard !isBrokenOff || outcome == .accepted else { return }
        if item.kind != .refreshed { onProgress() }
        meter.delivered(to: sink.name, isAccepted: outcome == .accepted)
        let now = time.now
        switch outcome {
        case .accepted:
            health[sink.name]?.succeeded()
            await record(item.record.told(item.kind, of: item.alert, at: now))
        case .failed(let detail, let cause, let retryAfter, let permanent):
            pass?.failed(sink.name, after: time.uptime - startedUptime)
            let failures = item.record.failures + 1
            let pause = DeliveryBackoff.delay(
                failures: failures, retryAfter: retryAfter, permanent: permanent,
                longest: sink.refreshEvery ?? DeliveryBackoff.longest)
            health[sink.name]?.failed(detail: detail, cause: cause, permanent: permanent)
            if retryAfter != nil { health[sink.name]?.pausedUntil = time.uptime + pause }
            log.write(.deliveryFailed(sink.name, item.alert.identity, failures: failures, detail))
            await record(item.record.refused(at: now, notBefore: now + pause))
        }
    }

    private func record(_ record: NotificationRecord) async {
        if storeTrouble.holds(record.identity) {
            storeTrouble.record(record, at: time.now)
        } else {
            await records.record(record)
        }
    }

    /// Raises and ends `SinkFailing`. Tried until the ledger has taken it.
    private func noteSinkHealth() async {
        for (name, state) in health {
            guard let finding = state.finding, finding != state.noted else { continue }
            if await records.observe(state.observations(of: .sinkFailing(name)), at: time.now) {
                health[name]?.noted = finding
            }
        }
    }

    // MARK: - What there is to tell

    /// The ledger's alerts with what is only known here; the latter alone when the ledger cannot be read.
    private func currentSnapshot() async -> AlertSnapshot {
        let snapshot = await records.snapshot(at: time.now)
        if let snapshot {
            adopt(snapshot)
            learn(from: snapshot)
            firing = snapshot.firing
        }
        storeTrouble.advance(to: time.now)
        meter.firing(firing.merging(storeTrouble.merged(into: AlertSnapshot()).firing, uniquingKeysWith: +))
        return broughtBack(storeTrouble.merged(into: records.completed(snapshot ?? AlertSnapshot())))
    }

    /// Without times of records noted while the clock was ahead: a sink must not hear nothing until it is there again.
    /// The next round records that: while a sink is busy with something else, a plan must not wait for the ledger.
    private func broughtBack(_ snapshot: AlertSnapshot) -> AlertSnapshot {
        var result = snapshot
        for (index, record) in snapshot.tellings.enumerated() {
            let mended = record.broughtBack(to: time.now, longestWait: DeliveryBackoff.longestRetryAfter)
            guard mended != record else { continue }
            result.tellings[index] = mended
            if storeTrouble.holds(mended.identity) {
                storeTrouble.record(mended, at: time.now)
            } else {
                records.keep(mended)
            }
            isRoundWanted = true
        }
        return result
    }

    /// Takes over, once, what an earlier run has left: counts of failures, and alerts about sinks there are no more.
    private func adopt(_ snapshot: AlertSnapshot) {
        guard !hasAdopted else { return }
        hasAdopted = true
        for record in snapshot.tellings { health[record.sink]?.adopt(failuresInARow: record.failures) }
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
        timer = EventLoop.task { [weak self] in
            guard (try? await time.sleep(for: pause)) != nil else { return }
            self?.wake()
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

extension LogEvent {
    fileprivate static func deliveryFailed(
        _ sink: String, _ alert: AlertIdentity, failures: Int, _ detail: String
    ) -> LogEvent {
        LogEvent(
            .warn, .alertDeliveryFailed,
            [
                LogField("sink", .string(sink)), LogField("alert", .string(alert.dedupKey)),
                LogField("failures", .integer(failures)), LogField("detail", .string(detail)),
            ])
    }
}
