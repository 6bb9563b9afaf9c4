package import Reconciliation

/// The one way to the provider: rate limit, retries, circuit breaker, and what all that says of its health.
@Loop
package final class ProviderGate {
    package enum Outcome: Sendable {
        /// `askedAt`: when the request was sent.
        case answered([ReportEntry], askedAt: Timestamp)
        case failed(QuestionFailure)
        /// The provider is not being asked now, or the daemon is draining.
        case notAsked
    }

    /// How often one question is put before it counts as failed (api.md, "Limits": retry reads).
    package static let triesPerQuestion = 3

    /// Requests sent, retries included.
    package private(set) var requests = 0
    /// Questions answered.
    package private(set) var answers = 0
    package private(set) var health: ProviderHealth
    /// The last failure since the last answer.
    package private(set) var lastFailure: QuestionFailure?
    package var canAskChannels: Bool { provider.canAskChannels }

    /// Called when the health has changed, and at the first answer there is, which need not be news: what an earlier
    /// process left firing must hear of it too.
    package var onHealthChange: (@Loop (ProviderHealth, _ isNews: Bool) -> Void)?
    /// Called when a request has ended, whatever its outcome.
    package var onProgress: (@Loop () -> Void)?

    private let provider: any Provider
    private let time: any Timekeeper
    private var bucket: TokenBucket
    private var breaker = CircuitBreaker()
    private var random: any RandomNumberGenerator

    package init(
        provider: any Provider, bucket: TokenBucket, health: ProviderHealth, time: any Timekeeper,
        random: any RandomNumberGenerator
    ) {
        self.provider = provider
        self.bucket = bucket
        self.health = health
        self.time = time
        self.random = random
    }

    /// Whether the breaker lets all questions through.
    package var isClosed: Bool {
        if case .closed = breaker.state { true } else { false }
    }

    /// Whether a question put now would be asked.
    package var isOpen: Bool {
        switch breaker.state {
        case .closed: true
        case .open(let until, _): time.uptime >= until
        case .probing: false
        }
    }

    /// Puts a question, again where that makes sense.
    package func ask(_ question: Question) async -> Outcome {
        var failure: QuestionFailure?
        for attempt in 1...Self.triesPerQuestion {
            guard await mayAsk() else { break }
            let askedAt = time.now
            do {
                let entries = try await send(question)
                return .answered(entries, askedAt: askedAt)
            } catch {
                failure = error
                guard error.isWorthRetrying, attempt < Self.triesPerQuestion, isOpen else { break }
                guard await pause(after: error, attempt: attempt) else { break }
            }
        }
        return failure.map(Outcome.failed) ?? .notAsked
    }

    /// Asks about no message, to see whether the provider answers at all: a "no" will do.
    package func probe() async {
        guard await mayAsk() else { return }
        do {
            _ = try await send(.reports(.probe))
        } catch {
            noteUnanswered()
        }
    }

    /// The provider was asked and answered nothing: that is its state, even if the breaker had too few failures to
    /// open.
    package func noteUnanswered() {
        guard let lastFailure else { return }
        becomeFailing(lastFailure)
    }

    private func send(_ question: Question) async throws(QuestionFailure) -> [ReportEntry] {
        requests += 1
        defer { onProgress?() }
        do {
            let entries = try await provider.ask(question)
            noteAnswer()
            return entries
        } catch {
            if error.kind == .rejected, question.key == .probe {
                noteAnswer()
                return []
            }
            lastFailure = error
            if breaker.failed(at: time.uptime) { becomeFailing(error) }
            throw error
        }
    }

    private func noteAnswer() {
        answers += 1
        lastFailure = nil
        breaker.answered()
        let isNews = health.become(.ok, detail: nil, at: time.now)
        if isNews || answers == 1 { onHealthChange?(health, isNews) }
    }

    /// Waits for a token of the bucket; false when the breaker is open or the task is cancelled.
    private func mayAsk() async -> Bool {
        while isOpen, !Task.isCancelled {
            guard let wait = bucket.take(at: time.uptime) else {
                return breaker.permission(at: time.uptime) == .granted
            }
            guard (try? await time.sleep(for: wait)) != nil else { return false }
        }
        return false
    }

    private func pause(after failure: QuestionFailure, attempt: Int) async -> Bool {
        let backoff = RetrySchedule(first: .milliseconds(500), factor: 2, max: .seconds(60), jitter: 0.25)
        let delay = backoff.delay(afterAttempt: attempt, using: &random)
        if case .rateLimited(let retryAfter) = failure.kind {
            // Everybody waits, not only this question.
            bucket.pause(until: time.uptime + (retryAfter ?? delay * 2))
            return true
        }
        return (try? await time.sleep(for: delay)) != nil
    }

    private func becomeFailing(_ failure: QuestionFailure) {
        guard health.become(ProviderState(after: failure.kind), detail: failure.detail, at: time.now) else { return }
        onHealthChange?(health, true)
    }
}
