internal import Engine
internal import Reconciliation

/// One delivery and what follows from it.
extension AlertDesk {
    func deliver(_ item: DeliveryPlan.Item, by sink: any AlertSink) async {
        if let begun = item.telling.begun(item.kind) { await record(begun) }
        let startedUptime = time.uptime
        let outcome = await sink.deliver(Notification(item, by: identity, at: time.now))
        // It stays in the outbox.
        guard !isBrokenOff || outcome == .accepted else { return }
        if item.kind != .refreshed { onProgress() }
        meter.delivered(to: sink.name, isAccepted: outcome == .accepted)
        let now = time.now
        switch outcome {
        case .accepted:
            health[sink.name]?.succeeded()
            await record(item.telling.told(item.kind, of: item.alert, at: now))
        case .failed(let detail, let cause, let retryAfter, let permanent):
            pass?.failed(sink.name, after: time.uptime - startedUptime)
            let failures = item.telling.failures + 1
            let pause = DeliveryBackoff.delay(
                failures: failures, retryAfter: retryAfter, permanent: permanent,
                longest: sink.refreshEvery ?? DeliveryBackoff.longest)
            health[sink.name]?.failed(detail: detail, cause: cause, permanent: permanent)
            if retryAfter != nil { health[sink.name]?.pausedUntil = time.uptime + pause }
            log.write(.deliveryFailed(sink.name, item.alert.identity, failures: failures, detail))
            await record(item.telling.refused(at: now, notBefore: now + pause))
        }
    }

    private func record(_ telling: Telling) async {
        keep(telling)
        if !volatile.holds(telling.identity) { await write(telling) }
    }

    /// In memory until the ledger has it: a locked store must not make a sink hear the same again and again.
    func keep(_ telling: Telling) {
        if volatile.holds(telling.identity) {
            recordVolatile(telling)
        } else {
            memory.keep(telling)
        }
    }

    /// Tries again what the ledger did not take. A busy sink's delivery records by itself.
    func recordKept() async {
        for telling in memory.unrecorded where health[telling.sink]?.isBusy != true {
            guard await write(telling) else { return }
        }
    }

    @discardableResult
    private func write(_ telling: Telling) async -> Bool {
        do {
            try await ledger.record(telling)
            memory.noteRecorded(telling)
            note(.write, nil)
            return true
        } catch {
            note(.write, error)
            return false
        }
    }

    /// Raises and ends `SinkFailing`. Tried until the ledger has taken it.
    func noteSinkHealth() async {
        for (name, state) in health {
            guard let finding = state.finding, finding != state.noted else { continue }
            do {
                try await ledger.observe(state.observations(of: .sinkFailing(name)), at: time.now)
                health[name]?.noted = finding
                note(.write, nil)
            } catch {
                note(.write, error)
            }
        }
    }

    /// Logs the first failure in a row, and the end of it. `StoreTrouble` is for the cycle to tell.
    func note(_ access: LedgerTrouble.Access, _ error: LedgerError?) {
        guard error?.kind != .interrupted, let change = trouble.note(access, failed: error != nil) else { return }
        var event = LogEvent(.info, "store.recovered")
        if change == .began, let error { event = error.event() }
        event.fields.append(LogField("by", .string("alerts")))
        log.write(event)
    }
}

extension Notification {
    init(_ item: DeliveryPlan.Item, by identity: DeskIdentity, at now: Timestamp) {
        self.init(
            identity: item.alert.identity, kind: item.kind,
            summary: Summaries.text(item.alert, item.kind, in: identity.language, identity.zone),
            count: item.alert.count, examples: item.alert.examples, since: item.alert.since, at: now,
            host: identity.host, version: identity.version, language: identity.language, zone: identity.zone)
    }
}

extension LogEvent {
    fileprivate static func deliveryFailed(
        _ sink: String, _ alert: AlertIdentity, failures: Int, _ detail: String
    ) -> LogEvent {
        LogEvent(
            .warn, "alert.delivery_failed",
            [
                LogField("sink", .string(sink)), LogField("alert", .string(alert.dedupKey)),
                LogField("failures", .integer(failures)), LogField("detail", .string(detail)),
            ])
    }
}
