internal import Engine
internal import Reconciliation

/// `StoreTrouble` cannot be in the store it is about. It is kept in memory and, for the next process, in a file.
extension AlertDesk {
    /// The store cannot be used. Kept outside of it and told all the same.
    package func storeTrouble(detail: String) {
        recall()
        volatile.observe(.holds(VolatileAlerts.storeTrouble, detail: detail), at: time.now, rules: rules)
        remember()
        wake()
    }

    /// The store can be used (again); call it as often as you like. Ends what an earlier process told, too.
    package func storeRecovered() {
        troubleFile?.takeRoom()
        guard recall() || volatile.isFiring(VolatileAlerts.storeTrouble) else { return }
        volatile.observe(.over(VolatileAlerts.storeTrouble), at: time.now, rules: rules)
        remember()
        wake()
    }

    /// What a sink took, or did not take, of an alert that only the desk knows.
    func recordVolatile(_ telling: Telling) {
        volatile.record(telling)
        remember()
    }

    /// Takes over what another process has left, until there is trouble of our own to know about: what is known here
    /// is newer than the file.
    /// - Returns: whether there was anything.
    @discardableResult
    private func recall() -> Bool {
        guard !volatile.holds(VolatileAlerts.storeTrouble), let bytes = troubleFile?.load(),
            let known = TroubleMemory(encoded: bytes)
        else { return false }
        volatile.adopt(known)
        return true
    }

    /// For the next process; nothing when it is over and everybody knows.
    private func remember() {
        guard let troubleFile, let known = volatile.trouble else { return }
        do throws(ReplacedFile.Failure) {
            if known.alert.isFiring || isOwed(known) {
                try troubleFile.save(known.encoded)
            } else {
                try troubleFile.clear()
            }
        } catch {
            guard forgottenTrouble != known.alert.episode else { return }
            forgottenTrouble = known.alert.episode
            log.write(LogEvent(.warn, "trouble_file.failed", [LogField("error", .string(error.message))]))
        }
    }

    /// Whether a sink is still to be told, be it later.
    private func isOwed(_ known: TroubleMemory) -> Bool {
        let plan = DeliveryPlan(
            AlertSnapshot(alerts: [known.alert], tellings: known.tellings),
            to: sinks.map { DeliveryPlan.Recipient($0) }, rules: rules, now: time.now)
        return !plan.due.isEmpty || plan.next != nil
    }
}
