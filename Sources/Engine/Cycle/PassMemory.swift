internal import Reconciliation

/// What one pass leaves to the next: what was learnt of the cheaper questions, and a sweep that was cut short.
@Loop
final class PassMemory {
    var experience = Experience()
    /// Goes on in the next pass.
    var sweep: Sweep?
    /// Messages the sweep has heard of whose outcome waits for its end.
    var open = 0
    /// What was accepted until then has been swept, and what is still due of it is asked about one by one.
    var sweptUntil: Timestamp?
    var clock = ClockWatch()
    /// What the ledger knows of the clock's jumps; nil before it was asked.
    var keptAllowance: ClockAllowance??
    /// Rows whose key cannot be one, as the log was told last.
    var unreadableKeys: [RowLocator] = []

    nonisolated init() {}

    /// The message as its age is to be judged now, should the clock have jumped.
    func judged(_ message: DueMessage, by time: any Timekeeper) -> DueMessage {
        clock.look(now: time.now, uptime: time.uptime)
        return clock.judged(message)
    }
}
