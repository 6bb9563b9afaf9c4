package import Reconciliation

/// Verifies when it is time (`VerificationSchedule`), one thing at a time.
@EventLoop
package final class VerificationKeeper {
    /// Nil where nothing is verified.
    private let schedule: VerificationSchedule?
    private let verifier: Verifier
    private let ledger: any Ledger & VerificationLedger
    private let time: any Timekeeper
    private let log: any Log
    private var work: Task<Void, Never>?
    private var hasEnded = false
    private var isDraining = false
    private var lookAgainAt: Duration = .zero
    private var verifyAgainAt: Duration = .zero
    private var pauseBeforeDay = shortestPause

    /// After the store failed, and before a day that could not be gone through is tried again: longer every time.
    private static let shortestPause = Duration.seconds(60)
    private static let longestPause = Duration.seconds(3600)

    /// How often `look` is to be called beside every cycle; nil where that is often enough.
    package var pause: Duration? { schedule.map { max(.milliseconds(250), min(.seconds(60), $0.every / 4)) } }

    package init(
        _ schedule: VerificationSchedule?, _ verifier: Verifier, ledger: any Ledger & VerificationLedger,
        time: any Timekeeper, log: any Log
    ) {
        self.schedule = schedule
        self.verifier = verifier
        self.ledger = ledger
        self.time = time
        self.log = log
    }

    /// Begins what is due, where nothing is under way.
    package func look() {
        guard work == nil, !isDraining, time.uptime >= lookAgainAt else { return }
        work = EventLoop.task { [self] in
            await lookOnce()
            work = nil
        }
    }

    /// Begins nothing more, and asks no further question.
    package func stop() {
        isDraining = true
        work?.cancel()
    }

    /// Returns when what is under way has ended.
    package func drain() async {
        stop()
        await work?.value
    }

    private func lookOnce() async {
        do throws(LedgerError) {
            guard let schedule else { return try await endOnce() }
            var progress = try await progress()
            let startedAt = time.now
            let mayVerify = time.uptime >= verifyAgainAt
            switch schedule.step(after: progress, at: startedAt, mayVerify: mayVerify) {
            case .look?:
                _ = try await verifier.look()
                progress.lookedAt = startedAt
            case .verify(let day)?:
                let result = try await verifier.verifyDay(day)
                guard !Task.isCancelled else { return }
                // One that could not be gone through is tried again, as long as it is the last.
                if result.isIncomplete { return putOffDay() }
                progress.verifiedUntil = day.upperBound
                pauseBeforeDay = Self.shortestPause
            case nil: return
            }
            guard !Task.isCancelled else { return }
            try await ledger.keep(progress)
        } catch {
            log.write(error.event(by: "verification"))
            lookAgainAt = time.uptime + Self.shortestPause
        }
    }

    private func putOffDay() {
        verifyAgainAt = time.uptime + pauseBeforeDay
        pauseBeforeDay = min(pauseBeforeDay * 2, Self.longestPause)
    }

    private func progress() async throws(LedgerError) -> VerificationSchedule.Progress {
        if let known = try await ledger.verificationProgress() { return known }
        let beginning = VerificationSchedule.Progress(beganAt: time.now)
        try await ledger.keep(beginning)
        return beginning
    }

    /// What nobody looks for is not seen any more.
    private func endOnce() async throws(LedgerError) {
        guard !hasEnded else { return }
        try await ledger.observe(
            [.over(AlertIdentity(.deliveryCollapse)), .noOther(.senderBlocked, than: [])], at: time.now)
        hasEnded = true
    }
}
