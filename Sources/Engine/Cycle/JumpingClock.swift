internal import Reconciliation

/// The wall clock as the ages of messages are judged by it: one that jumps makes none of them old.
@EventLoop
final class JumpingClock {
    private let time: any Timekeeper
    private var watch = ClockJumpDetector()
    /// What the ledger knows of the jumps; nil before it was asked.
    private var kept: ClockAllowance??

    init(_ time: any Timekeeper) {
        self.time = time
    }

    func look() {
        watch.look(now: time.now, uptime: time.uptime)
    }

    /// The message as its age is to be judged now, should the clock have jumped.
    func judged(_ message: DueMessage) -> DueMessage {
        look()
        return watch.judged(message)
    }

    /// The jumps seen since this was last called.
    func takeJumps() -> [Duration] { watch.takeJumps() }

    /// An earlier process may have seen it jump. What is seen at the beginning of a cycle is noted before anything is
    /// judged by it, or, where that fails, at the end.
    func recall(from ledger: any Ledger, at now: Timestamp) async throws(LedgerError) {
        if kept == nil {
            let earlier = try await ledger.clockAllowance()
            kept = .some(earlier)
            if let earlier { watch.resume(earlier, now: now) }
        }
        _ = try? await keep(in: ledger)
    }

    func keep(in ledger: any Ledger) async throws(LedgerError) {
        let allowance = watch.allowance
        guard kept != .some(allowance) else { return }
        try await ledger.keep(allowance)
        kept = .some(allowance)
    }
}
