package import Reconciliation

/// The one way to the provider: rate limit, retries, circuit breaker, and what all that says of its health.
@Loop
package final class ProviderGate {
    package enum Outcome<Answer: Sendable>: Sendable {
        /// `askedAt`: when the request was sent.
        case answered(Answer, askedAt: Timestamp)
        case failed(QuestionFailure)
        /// The provider is not being asked now, or the daemon is draining.
        case notAsked
    }

    /// How often one question is put before it counts as failed (api.md, "Limits": retry reads).
    package static let triesPerQuestion = 3
    /// How often those that wait for others look whether their turn has come.
    private static let lookAgain = Duration.milliseconds(100)

    /// Requests sent, retries included.
    package private(set) var requests = 0
    /// Questions answered.
    package private(set) var answers = 0
    package private(set) var health: ProviderHealth
    package private(set) var throttling = ThrottleRate()
    package var endpoints: Set<Endpoint> { provider.endpoints }
    package var canAskChannels: Bool { provider.canAskChannels }

    /// Called when the health has changed, and at the first answer there is, which need not be news: what an earlier
    /// process left firing must hear of it too.
    package var onHealthChange: (@Loop (ProviderHealth, _ isNews: Bool) -> Void)?
    /// Called when a request has ended, whatever its outcome.
    package var onProgress: (@Loop () -> Void)?
    /// Called when a request has to wait for the rate, or for as long as the provider wishes, with the end of that
    /// (monotonic time).
    package var onWait: (@Loop (_ end: Duration) -> Void)?

    /// One endpoint as it is seen from here: one can fail while the others answer.
    private struct Line {
        var breaker = CircuitBreaker()
        /// The last failure since the last answer.
        var lastFailure: QuestionFailure?
        /// Whether the provider counts as failing because of it.
        var isFailing = false
        var asked = 0
        var answered = 0
    }

    private var lines: [Endpoint: Line] = [:]
    private let provider: any Provider
    private let time: any Timekeeper
    private var bucket: TokenBucket
    private let meter: any Meter
    private var random: any RandomNumberGenerator
    private var throttlesInARow = 0
    /// Requests that wait for a token and go before bulk ones.
    private var urgentWaiting = 0
    private var isObtainingAccess = false

    package init(
        provider: any Provider, bucket: TokenBucket, health: ProviderHealth, time: any Timekeeper,
        random: any RandomNumberGenerator, meter: any Meter = NoMeter()
    ) {
        self.provider = provider
        self.bucket = bucket
        self.health = health
        self.time = time
        self.random = random
        self.meter = meter
    }

    /// Whether a question put now may be asked, if need be after a probe under way has been answered, or after access
    /// has been obtained.
    package func isOpen(_ endpoint: Endpoint) -> Bool {
        guard !isPausing(endpoint) else { return false }
        switch provider.access {
        case _ where endpoint == .token || isObtainingAccess: return true
        case .granted: return true
        case .lacking: return !isPausing(.token)
        case .withheld: return false
        }
    }

    private func isPausing(_ endpoint: Endpoint) -> Bool {
        if case .open(let until, _) = line(endpoint).breaker.state { time.uptime < until } else { false }
    }

    private func isProbing(_ endpoint: Endpoint) -> Bool {
        if case .probing = line(endpoint).breaker.state { true } else { false }
    }

    /// What went wrong last at an endpoint that has not answered since; nil when it has.
    package func lastFailure(of endpoint: Endpoint) -> QuestionFailure? { line(endpoint).lastFailure }

    /// What is wrong with the provider, for the log.
    package var lastFailure: QuestionFailure? {
        Endpoint.allCases.lazy.filter { !$0.isShortcut }.compactMap { self.line($0).lastFailure }.first
    }

    /// Begins to count anew what `endPass` judges.
    package func beginPass() {
        for endpoint in lines.keys {
            lines[endpoint]?.asked = 0
            lines[endpoint]?.answered = 0
        }
    }

    /// Whether the endpoint has answered in this pass.
    package func hasAnswered(_ endpoint: Endpoint) -> Bool { line(endpoint).answered > 0 }

    /// An endpoint that was asked and answered nothing is failing, even if its breaker had too few failures to open;
    /// where others answered, it is probed first, because the messages asked about may be to blame. One that was
    /// failing and was not asked, though the provider is there to be asked, is probed.
    package func endPass() async {
        let othersAnswer = lines.values.contains { $0.answered > 0 }
        for endpoint in Endpoint.allCases {
            let line = line(endpoint)
            guard line.asked > 0, line.answered == 0, !line.isFailing, let failure = line.lastFailure else { continue }
            if othersAnswer, endpoint.probe != nil { await probe(endpoint) } else { becomeFailing(endpoint, failure) }
        }
        guard health.state != .ok, lines.values.allSatisfy({ $0.asked == 0 }) else { return }
        let failing = Endpoint.allCases.filter { line($0).isFailing }
        for endpoint in failing.isEmpty ? [.reportInquiry] : failing { await probe(endpoint) }
    }

    /// Puts a question about messages, again where that makes sense.
    package func ask(_ question: Question, _ urgency: Urgency = .urgent) async -> Outcome<[ReportEntry]> {
        await put(question.endpoint, urgency) { () throws(QuestionFailure) in try await self.provider.ask(question) }
    }

    /// Asks for a page of the history; again where that makes sense.
    package func history(_ question: HistoryQuestion) async -> Outcome<HistoryPage> {
        await put(.history, .bulk) { () throws(QuestionFailure) in try await self.provider.history(question) }
    }

    /// Asks for the next batch of reports; again where that makes sense. A key that may not poll is told at once: or
    /// else every answer to another question would end the alert until the end of the pass.
    package func poll() async -> Outcome<ReportBatch?> {
        let outcome = await put(.polling, .urgent) { () throws(QuestionFailure) in try await self.provider.poll() }
        if case .failed(let failure) = outcome, failure.kind == .refused { becomeFailing(.polling, failure) }
        return outcome
    }

    /// Acknowledges a batch; again where that makes sense.
    package func acknowledge(_ id: String) async -> Outcome<Bool> {
        await put(.pollingAck, .urgent) { () throws(QuestionFailure) in
            try await self.provider.acknowledge(id)
            return true
        }
    }

    private func put<Answer: Sendable>(
        _ endpoint: Endpoint, _ urgency: Urgency, _ exchange: @Loop () async throws(QuestionFailure) -> Answer
    ) async -> Outcome<Answer> {
        var failure: QuestionFailure?
        var hasLapsed = false
        for attempt in 1...Self.triesPerQuestion {
            guard await mayAsk(endpoint, urgency) else { break }
            let askedAt = time.now
            do throws(QuestionFailure) {
                return .answered(try await send(endpoint, mayLapse: !hasLapsed, exchange), askedAt: askedAt)
            } catch {
                if error.kind == .lapsed {
                    hasLapsed = true
                    continue
                }
                failure = error
                guard mayRepeat(endpoint, after: error), attempt < Self.triesPerQuestion else { break }
                guard await pause(after: error, attempt: attempt) else { break }
            }
        }
        return failure.map(Outcome.failed) ?? .notAsked
    }

    private func mayRepeat(_ endpoint: Endpoint, after failure: QuestionFailure) -> Bool {
        // Who asks for tokens too often is not told to wait a second: he waits until access is no longer withheld.
        if endpoint == .token, failure.kind == .rateLimited(retryAfter: nil) { return false }
        return failure.isWorthRetrying && isOpen(endpoint)
    }

    /// Sees to it that the provider can be asked. One obtains what it takes, the others wait for that.
    /// - Returns: false when it cannot be had now.
    private func obtainAccess() async -> Bool {
        guard !isObtainingAccess else { return (try? await time.sleep(for: Self.lookAgain)) != nil }
        isObtainingAccess = true
        defer { isObtainingAccess = false }
        let outcome = await put(.token, .urgent) { () throws(QuestionFailure) in
            try await self.provider.obtainAccess()
            return true
        }
        switch outcome {
        case .answered: return true
        case .failed(let failure):
            // Nothing else can be asked, so there is no need for more failures.
            becomeFailing(.token, failure)
            return false
        case .notAsked: return false
        }
    }

    /// Asks about no message, to see whether the provider answers at all: a "no" will do.
    private func probe(_ endpoint: Endpoint) async {
        guard let question = endpoint.probe, !Task.isCancelled, await mayAsk(question.endpoint, .urgent) else { return }
        do throws(QuestionFailure) {
            _ = try await send(question.endpoint, isProbe: true, mayLapse: true) { () throws(QuestionFailure) in
                try await self.provider.ask(question)
            }
        } catch {
            if error.kind != .rejected, error.kind != .lapsed { becomeFailing(question.endpoint, error) }
        }
    }

    /// - Parameters:
    ///   - isProbe: about no message, so that a "no" is as good as an answer.
    ///   - mayLapse: the question can be put again, so that a lapse is no failure.
    private func send<Answer>(
        _ endpoint: Endpoint, isProbe: Bool = false, mayLapse: Bool,
        _ exchange: @Loop () async throws(QuestionFailure) -> Answer
    ) async throws(QuestionFailure) -> Answer {
        requests += 1
        change(endpoint) { $0.asked += 1 }
        let sentAt = time.uptime
        defer { onProgress?() }
        do {
            let answer = try await exchange()
            meter.requested(endpoint, .answered, took: time.uptime - sentAt)
            throttling.note(isThrottled: false, at: time.uptime)
            noteAnswer(endpoint)
            return answer
        } catch {
            let error = mayLapse ? error : error.asRefusal
            meter.requested(endpoint, RequestResult(error.kind), took: time.uptime - sentAt)
            throttling.note(isThrottled: ProviderState(after: error.kind) == .rateLimited, at: time.uptime)
            if case .rateLimited(let retryAfter) = error.kind { slowDown(retryAfter, sentAt: sentAt) }
            guard error.kind != .lapsed else {
                change(endpoint) { $0.breaker.withdrawn(at: time.uptime) }
                throw error
            }
            if isProbe, error.kind == .rejected { noteAnswer(endpoint) } else { noteFailure(endpoint, error) }
            throw error
        }
    }

    private func noteFailure(_ endpoint: Endpoint, _ failure: QuestionFailure) {
        var hasOpened = false
        change(endpoint) {
            $0.lastFailure = failure
            hasOpened = $0.breaker.failed(at: time.uptime)
        }
        if hasOpened { becomeFailing(endpoint, failure) }
    }

    private func noteAnswer(_ endpoint: Endpoint) {
        throttlesInARow = 0
        bucket.accepted(at: time.uptime)
        change(endpoint) {
            $0.answered += 1
            $0.lastFailure = nil
            $0.isFailing = false
            $0.breaker.answered()
        }
        // A token is not yet an answer: what it is for can still be refused.
        guard endpoint != .token else { return }
        answers += 1
        guard !lines.values.contains(where: \.isFailing) else { return }
        let isNews = health.become(.ok, detail: nil, at: time.now)
        if isNews || answers == 1 { onHealthChange?(health, isNews) }
    }

    private func line(_ endpoint: Endpoint) -> Line { lines[endpoint] ?? Line() }

    private func change(_ endpoint: Endpoint, _ body: (inout Line) -> Void) {
        body(&lines[endpoint, default: Line()])
    }

    /// Waits for access and a token of the bucket; false when the breaker is open, there is no access to be had, or
    /// the task is cancelled.
    private func mayAsk(_ endpoint: Endpoint, _ urgency: Urgency) async -> Bool {
        if urgency == .urgent { urgentWaiting += 1 }
        defer { if urgency == .urgent { urgentWaiting -= 1 } }
        while isOpen(endpoint), !Task.isCancelled {
            if endpoint != .token, provider.access != .granted {
                guard await obtainAccess() else { return false }
                continue
            }
            guard let wait = turn(endpoint, urgency) else {
                var isGranted = false
                change(endpoint) { isGranted = $0.breaker.permission(at: time.uptime) == .granted }
                return isGranted
            }
            guard (try? await time.sleep(for: wait)) != nil else { return false }
        }
        return false
    }

    /// Takes a token.
    /// - Returns: nil when it was taken, else when to look again.
    private func turn(_ endpoint: Endpoint, _ urgency: Urgency) -> Duration? {
        if isProbing(endpoint) { return Self.lookAgain }
        if urgency == .bulk, urgentWaiting > 0 { return Self.lookAgain }
        guard let wait = bucket.take(at: time.uptime) else { return nil }
        onWait?(time.uptime + wait)
        return wait
    }

    private func pause(after failure: QuestionFailure, attempt: Int) async -> Bool {
        let backoff = RetrySchedule(first: .milliseconds(500), factor: 2, max: .seconds(60), jitter: 0.25)
        let delay = backoff.delay(afterAttempt: attempt, using: &random)
        // After 429 everybody waits at the bucket, not only this question.
        if case .rateLimited = failure.kind { return true }
        return (try? await time.sleep(for: delay)) != nil
    }

    /// After 429: a lower rate for all, and a pause as long as the provider wishes, or else longer every time.
    private func slowDown(_ retryAfter: Duration?, sentAt: Duration) {
        throttlesInARow += 1
        bucket.throttled(sentAt: sentAt, at: time.uptime)
        let backoff = RetrySchedule(first: .milliseconds(500), factor: 2, max: .seconds(60), jitter: 0.25)
        let delay = retryAfter ?? backoff.delay(afterAttempt: throttlesInARow, using: &random)
        bucket.pause(until: time.uptime + delay)
    }

    private func becomeFailing(_ endpoint: Endpoint, _ failure: QuestionFailure) {
        guard !endpoint.isShortcut else { return }
        change(endpoint) { $0.isFailing = true }
        let detail = "\(endpoint.rawValue): \(failure.detail)"
        let cause = endpoint == .polling ? failure.cause : nil
        guard health.become(ProviderState(after: failure.kind), detail: detail, cause: cause, at: time.now) else {
            return
        }
        onHealthChange?(health, true)
    }
}

extension Endpoint {
    /// A question about no message, to see whether the endpoint answers; nil where there is none.
    fileprivate var probe: Question? {
        switch self {
        case .reportInquiry: .reports(.probe)
        case .messageStatus: .channels(.probe)
        // A token is good for something only if it is taken.
        case .token: .reports(.probe)
        case .requestStatus, .history, .polling, .pollingAck: nil
        }
    }
}
