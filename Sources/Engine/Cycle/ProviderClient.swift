package import Reconciliation

/// The one way to the provider. Rate limit, retries, circuit breaker and health are `RequestScheduler`'s decisions: here they
/// are carried out.
@EventLoop
package final class ProviderClient {
    package enum Outcome<Answer: Sendable>: Sendable {
        /// `askedAt`: when the request was sent.
        case answered(Answer, askedAt: Timestamp)
        case failed(QuestionFailure)
        /// The provider is not being asked now, or the daemon is draining.
        case notAsked
    }

    /// Called when the health has changed, and at the first answer there is, which need not be news: what an earlier
    /// process left firing must hear of it too.
    package var onHealthChange: (@EventLoop (ProviderHealth, _ isNews: Bool) -> Void)?
    /// Called when a request has ended, whatever its outcome.
    package var onProgress: (@EventLoop () -> Void)?
    /// Called when a request has to wait for the rate, or for as long as the provider wishes, with the end of that
    /// (monotonic time).
    package var onWait: (@EventLoop (_ end: Duration) -> Void)?

    private var keeper: RequestScheduler
    private let provider: any Provider
    private let time: any Timekeeper
    private let meter: any MetricsRecorder
    /// What the cheaper questions have yielded.
    private(set) var yield = EndpointYield()
    private var isBrokenOff = false
    private var random: any RandomNumberGenerator

    package init(
        provider: any Provider, bucket: TokenBucket, health: ProviderHealth, time: any Timekeeper,
        random: any RandomNumberGenerator, meter: any MetricsRecorder = NoMetrics()
    ) {
        self.provider = provider
        keeper = RequestScheduler(bucket, health: health)
        self.time = time
        self.random = random
        self.meter = meter
    }

    /// Takes the place of a client of the same provider: what that one was told to wait is waited.
    package func succeed(_ earlier: ProviderClient) {
        if let end = earlier.keeper.line.pauseEnd(at: time.uptime) { keeper.heed(pauseUntil: end) }
    }

    /// For a process that ends: nothing more is asked, and how the requests under way end, which the caller ends now,
    /// says nothing of the provider.
    package func breakOff() { isBrokenOff = true }

    // MARK: Passes

    /// Begins to count anew what `endPass` judges.
    package func beginPass() { keeper.beginPass() }

    /// Finds out what those endpoints are like that have not shown it in the pass.
    /// - Parameter isLast: no other pass will find out soon that one is well again.
    package func endPass(isLast: Bool) async {
        keeper.endWatches(at: time.uptime)
        for endpoint in keeper.suspects {
            switch keeper.judge(endpoint, at: time.now) {
            case .probe(let question): await probe(question)
            case .probeOnce(let question): await probe(question, tries: 1)
            case let action: tell(action)
            }
        }
        if isLast { for question in keeper.lastProbes() { await probe(question) } }
        tell(keeper.judgeAnswers(at: time.now))
    }

    /// For so long these endpoints are tried in passes that ask nothing of them: messages wait for them to work again.
    package func watch(_ endpoints: Set<Endpoint>, for duration: Duration) {
        keeper.watch(endpoints, until: time.uptime + duration)
    }

    /// Puts a question again where that makes sense. No failure of it is one of a message: a "no" is as good as an answer.
    private func probe(_ question: Question, tries most: Int = RetryState.most) async {
        var tries = RetryState(of: question.endpoint, most: most)
        while await mayAsk(question.endpoint, .urgent) {
            do throws(QuestionFailure) {
                let exchange: @EventLoop () async throws(QuestionFailure) -> [ReportEntry] = {
                    () throws(QuestionFailure) in try await self.provider.ask(question)
                }
                _ = try await send(question.endpoint, probing: tries, mayLapse: tries.mayLapse, exchange)
                return keeper.questionEnded(question.endpoint, nil)
            } catch {
                guard await mayTryAgain(&tries, after: error, question.endpoint) else { return }
            }
        }
    }

    // MARK: Questions

    /// Puts a question about messages, again where that makes sense.
    /// - Parameter isTelling: whether its failure says something of the provider.
    package func ask(
        _ question: Question, isTelling: Bool = true, urgency: Priority = .urgent
    ) async -> Outcome<[ReportEntry]> {
        let outcome = await put(question.endpoint, urgency) { () throws(QuestionFailure) in
            try await self.provider.ask(question)
        }
        switch outcome {
        case .answered: keeper.questionEnded(question.endpoint, nil)
        case .failed(let failure) where isTelling: keeper.questionEnded(question.endpoint, failure)
        case .failed, .notAsked: break
        }
        return outcome
    }

    /// Asks what became of one message, by the best question there is; its failure says nothing of the provider.
    package func askOutcome(of key: MessageKey) async -> Outcome<[ReportEntry]> {
        await ask(canAskChannels ? .channels(key) : .reports(key), isTelling: false)
    }

    /// Asks for a page of the history; again where that makes sense.
    package func history(_ question: HistoryQuestion, urgency: Priority = .bulk) async -> Outcome<HistoryPage> {
        await put(.history, urgency) { () throws(QuestionFailure) in try await self.provider.history(question) }
    }

    /// Asks for the next batch of reports; again where that makes sense.
    package func poll() async -> Outcome<ReportBatch?> {
        let outcome = await put(.polling, .urgent) { () throws(QuestionFailure) in try await self.provider.poll() }
        if case .answered(nil, _) = outcome { tell(keeper.hasNoBatch(at: time.now)) }
        return outcome
    }

    /// Acknowledges a batch; again where that makes sense.
    package func acknowledge(_ id: String) async -> Outcome<Bool> {
        await put(.pollingAck, .urgent) { () throws(QuestionFailure) in
            try await self.provider.acknowledge(id)
            return true
        }
    }

    /// Puts a send, once. Its rate is the caller's: it takes nothing of the questions'.
    package func send(_ body: [UInt8], recipients: Int) async -> SendReply {
        guard !isBrokenOff else { return .unknown("not sent: the process is to end") }
        let sentAt = time.uptime
        let reply = await provider.send(body, recipients: recipients)
        meter.requested(.send, RequestResult(reply), took: time.uptime - sentAt)
        onProgress?()
        return reply
    }

    /// Asks for a page of the history; again where that makes sense.
    package func sent(_ question: HistoryQuestion) async -> Outcome<SentPage> {
        await put(.history, .bulk) { () throws(QuestionFailure) in try await self.provider.sent(question) }
    }

    /// Asks how many messages there were, a day; again where that makes sense.
    package func statistics(_ question: StatisticsQuestion) async -> Outcome<[DailyStatistics]> {
        await put(.statistics, .idle) { () throws(QuestionFailure) in try await self.provider.statistics(question) }
    }

    /// Asks for a sender's profile; again where that makes sense.
    package func senderProfile(_ key: SenderKey) async -> Outcome<SenderProfile?> {
        await put(.senderProfile, .idle) { () throws(QuestionFailure) in try await self.provider.senderProfile(key) }
    }

    /// Asks for a sender's sanction on a day; again where that makes sense.
    package func senderSanction(_ key: SenderKey, on day: KoreanDay) async -> Outcome<SenderSanction?> {
        await put(.senderSanction, .idle) { () throws(QuestionFailure) in
            try await self.provider.senderSanction(key, on: day)
        }
    }

    private func obtainAccess() async -> Outcome<Bool> {
        await put(.token, .urgent) { () throws(QuestionFailure) in
            try await self.provider.obtainAccess()
            return true
        }
    }

    // MARK: Carrying it out

    private func put<Answer: Sendable>(
        _ endpoint: Endpoint, _ urgency: Priority, _ exchange: @EventLoop () async throws(QuestionFailure) -> Answer
    ) async -> Outcome<Answer> {
        var tries = RetryState(of: endpoint)
        var failure: QuestionFailure?
        while await mayAsk(endpoint, urgency) {
            let askedAt = time.now
            do throws(QuestionFailure) {
                return .answered(try await send(endpoint, mayLapse: tries.mayLapse, exchange), askedAt: askedAt)
            } catch {
                guard !isBrokenOff else { return .notAsked }
                if error.kind != .lapsed { failure = error }
                guard await mayTryAgain(&tries, after: error, endpoint) else { break }
            }
        }
        return failure.map(Outcome.failed) ?? .notAsked
    }

    /// Waits as long as it takes before another try.
    private func mayTryAgain(_ tries: inout RetryState, after failure: QuestionFailure, _ endpoint: Endpoint) async
        -> Bool
    {
        switch tries.failed(failure, isOpen: isOpen(endpoint), random: &random) {
        case .giveUp: false
        case .again: true
        case .pause(let pause): (try? await time.sleep(for: pause)) != nil
        }
    }

    /// Waits until it is the request's turn; false when it will not come now, or the task is cancelled.
    private func mayAsk(_ endpoint: Endpoint, _ urgency: Priority) async -> Bool {
        keeper.join(urgency)
        defer { keeper.leave(urgency) }
        while !Task.isCancelled, !isBrokenOff {
            switch keeper.step(endpoint, urgency, provider.access, at: time.uptime) {
            case .go: return true
            case .no: return false
            case .lookAgain(let pause):
                guard (try? await time.sleep(for: pause)) != nil else { return false }
            case .wait(let pause):
                onWait?(time.uptime + pause)
                guard (try? await time.sleep(for: pause)) != nil else { return false }
            case .obtainAccess:
                let outcome = await obtainAccess()
                tell(keeper.accessEnded(outcome.failure, at: time.now))
                guard case .answered = outcome else { return false }
            }
        }
        return false
    }

    /// - Parameters:
    ///   - probing: the tries of a question about no message.
    ///   - mayLapse: the question can be put again, so that a lapse is no failure.
    private func send<Answer>(
        _ endpoint: Endpoint, probing: RetryState? = nil, mayLapse: Bool,
        _ exchange: @EventLoop () async throws(QuestionFailure) -> Answer
    ) async throws(QuestionFailure) -> Answer {
        keeper.sent(endpoint)
        let sentAt = time.uptime
        defer { onProgress?() }
        do {
            let answer = try await exchange()
            meter.requested(endpoint, .answered, took: time.uptime - sentAt)
            tell(keeper.answered(endpoint, at: time.uptime, time.now))
            return answer
        } catch {
            guard !isBrokenOff else { throw error }
            let error = mayLapse ? error : error.asRefusal
            meter.requested(endpoint, RequestResult(error.kind), took: time.uptime - sentAt)
            let isProbe = probing.map { !$0.goOn(after: error) } ?? false
            tell(
                keeper.failed(
                    endpoint, error, isProbe: isProbe, sentAt: sentAt, at: time.uptime, time.now, random: &random))
            throw error
        }
    }

    private func tell(_ action: RequestScheduler.Action) {
        if case .tell(let isNews) = action { onHealthChange?(keeper.health, isNews) }
    }

    // MARK: Whether the cheaper questions are worth it

    /// Whether it makes sense to ask for the history now.
    var offersHistory: Bool { endpoints.contains(.history) && yield.mayAskHistory(at: time.uptime) }

    /// Whether a send can be asked about now.
    var offersSends: Bool {
        endpoints.contains(.requestStatus) && isOpen(.requestStatus) && yield.mayAskSends(at: time.uptime)
    }

    func historyFailed() { yield.historyFailed(at: time.uptime) }

    func scanned(_ scan: HistoryScan, _ ending: HistoryScan.Ending) {
        yield.learn(from: scan, ending, at: time.uptime)
    }

    func sendFailed() { yield.sendFailed(at: time.uptime) }

    func sendAnswered(mentioned: Int) { yield.sendAnswered(mentioned: mentioned, at: time.uptime) }

    // MARK: How things stand

    /// Requests sent, retries included.
    package var requests: Int { keeper.requests }
    /// Questions answered.
    package var answers: Int { keeper.answers }
    package var health: ProviderHealth { keeper.health }
    package var throttling: ThrottleRate { keeper.throttling }
    package var endpoints: Set<Endpoint> { provider.endpoints }
    package var canAskChannels: Bool { provider.canAskChannels }

    /// Whether a question put now may be asked, if need be after others have been answered.
    package func isOpen(_ endpoint: Endpoint) -> Bool { keeper.isOpen(endpoint, provider.access, at: time.uptime) }

    /// Whether the endpoint has answered in this pass.
    package func hasAnswered(_ endpoint: Endpoint) -> Bool { keeper[endpoint].answered > 0 }

    /// How polling, or the acknowledgement of what it fetched, fails; nil when they do not.
    var pollingState: ProviderState? {
        let failing = [Endpoint.polling, .pollingAck].first { keeper[$0].isFailing }
        return failing.flatMap { keeper[$0].lastFailure }.map { ProviderState(after: $0.kind) }
    }

    /// Whether questions about messages get answers, as far as is known.
    var answersQuestions: Bool {
        health.takesQuestions
            && [.reportInquiry, .messageStatus, .token].allSatisfy { lastFailure(of: $0) == nil }
    }

    /// What went wrong last at an endpoint that has not answered since; nil when it has.
    package func lastFailure(of endpoint: Endpoint) -> QuestionFailure? { keeper[endpoint].lastFailure }

    /// What is wrong with the provider, for the log.
    package var lastFailure: QuestionFailure? { keeper.lastFailure }

    /// When what fails is asked again; nil when nothing keeps that back.
    package var retryAt: Timestamp? {
        keeper.pauseEnd(provider.access, at: time.uptime).map { time.now + ($0 - time.uptime) }
    }
}

extension ProviderClient.Outcome {
    fileprivate var failure: QuestionFailure? { if case .failed(let failure) = self { failure } else { nil } }
}
