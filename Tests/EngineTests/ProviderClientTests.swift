import Engine
import Reconciliation
import Support
import Testing

/// Who may ask when, and what failures say of the provider; with virtual time.
@Suite @EventLoop struct ProviderClientTests {
    private let time = VirtualTime()
    private let provider: WitnessProvider
    private let client: ProviderClient
    private let driver: TimeDriver

    init() {
        driver = TimeDriver(time)
        provider = WitnessProvider(time)
        client = ProviderClient(
            provider: provider, bucket: TokenBucket(ratePerSecond: 4, burst: 12, now: .zero),
            health: ProviderHealth(since: Timestamp(seconds: 0)), time: time, random: SeededGenerator(seed: 1))
    }

    /// Puts a question about a message, beside what else is going on.
    private func begin(_ key: String) -> Task<Bool, Never> {
        EventLoop.task { [client] in
            if case .answered = await client.ask(.reports(MessageKey(key))) { true } else { false }
        }
    }

    private func beginPage() -> Task<Bool, Never> {
        EventLoop.task { [client, time] in
            let question = HistoryQuestion(requestTime: time.now)
            return if case .answered = await client.history(question) { true } else { false }
        }
    }

    private func answered(_ tasks: [Task<Bool, Never>]) async -> Int {
        var count = 0
        for task in tasks where await task.value { count += 1 }
        return count
    }

    // MARK: How long one waits

    @Test("who waits for the rate or for the provider's wish says until when; who waits for an answer does not")
    func knownWaits() async {
        var ends: [Duration] = []
        client.onWait = { ends.append($0) }
        #expect(await begin("FIRST").value)
        #expect(ends.count == 1, "the bucket starts empty")
        #expect(ends[0] > .milliseconds(250))
        provider.fault = { [time] _ in
            time.uptime < .seconds(10)
                ? QuestionFailure(.rateLimited(retryAfter: .seconds(600)), "HTTP 429") : nil
        }
        #expect(await begin("SECOND").value)
        #expect(ends.contains { $0 > .seconds(600) }, "\(ends)")
    }

    @Test("what is broken off says nothing of the provider, is not put again, and nothing more is asked")
    func brokenOff() async {
        provider.fault = { [weak client] _ in
            client?.breakOff()
            return QuestionFailure(.unreachable, "connection broken: cancelled")
        }
        for key in ["FIRST", "SECOND", "THIRD"] {
            guard case .notAsked = await client.ask(.reports(MessageKey(key))) else { Issue.record("\(key)"); continue }
        }
        #expect(client.requests == 1)
        #expect(client.health.state == .ok)
        #expect(client.lastFailure == nil)
    }

    // MARK: Who goes first

    @Test("while requests are scarce a sweep waits until nobody urgent does", .timeLimit(.minutes(10)))
    func urgentFirst() async {
        let urgent = (0..<20).map { begin("U\($0)") }
        let bulk = (0..<10).map { _ in beginPage() }
        #expect(await answered(urgent + bulk) == 30)
        #expect(provider.requests.prefix(20).allSatisfy { $0.name.hasPrefix("U") })
    }

    @Test("who becomes urgent later overtakes a sweep under way, which then goes on", .timeLimit(.minutes(10)))
    func overtaking() async {
        driver.stop()
        let bulk = (0..<20).map { _ in beginPage() }
        let isUnderWay = await time.advance { provider.requests.count >= 5 }
        #expect(isUnderWay)
        let urgent = (0..<10).map { begin("U\($0)") }
        let count = await time.letPass { [self] in await answered(urgent + bulk) }
        #expect(count == 30)
        let names = provider.requests.map(\.name)
        let overtaken = names.drop { $0 == "history" }
        #expect(overtaken.prefix(10).allSatisfy { $0.hasPrefix("U") }, "\(names)")
        #expect(names.suffix(5).allSatisfy { $0 == "history" }, "the sweep goes on: \(names)")
    }

    @Test("bulk requests count against the same rate", .timeLimit(.minutes(10)))
    func oneRate() async {
        _ = await answered((0..<30).flatMap { [beginPage(), begin("U\($0)")] })
        for (first, start) in provider.requests.enumerated() {
            for last in first..<provider.requests.count {
                let seconds = (provider.requests[last].sentAt - start.sentAt).inSeconds
                #expect(Double(last - first + 1) <= 12 + 4 * seconds)
            }
        }
    }

    // MARK: 429

    @Test("one answer 429 with Retry-After makes everybody wait that long", .timeLimit(.minutes(10)))
    func retryAfter() async throws {
        time.advance(by: .seconds(10))
        var isFirst = true
        provider.fault = { request in
            guard request.name == "K3", isFirst else { return nil }
            isFirst = false
            return QuestionFailure(.rateLimited(retryAfter: .seconds(20)), "HTTP 429")
        }
        let tasks = (0..<15).map { begin("K\($0)") } + [beginPage()]
        #expect(await answered(tasks) == 16)
        let heard = try #require(provider.requests.first { $0.failure != nil }?.endedAt)
        let later = provider.requests.filter { $0.sentAt > heard || $0.name == "K3" && $0.failure == nil }
        #expect(!later.isEmpty)
        #expect(later.allSatisfy { $0.sentAt >= heard + .seconds(20) })
    }

    @Test("so does one to the last try, although its question is not put again", .timeLimit(.minutes(10)))
    func retryAfterOfTheLastTry() async throws {
        provider.fault = { $0.name == "K" ? QuestionFailure(.rateLimited(retryAfter: .seconds(20)), "HTTP 429") : nil }
        #expect(await answered([begin("K")]) == 0)
        let tries = provider.requests.map(\.sentAt)
        #expect(tries.count == RetryState.most)
        for (earlier, later) in zip(tries, tries.dropFirst()) { #expect(later - earlier >= .seconds(20)) }
        let heard = try #require(provider.requests.last?.endedAt)
        #expect(await answered([begin("L"), beginPage()]) == 2)
        #expect(provider.requests.suffix(2).allSatisfy { $0.sentAt >= heard + .seconds(20) })
    }

    @Test("without Retry-After everybody waits longer every time, until there is an answer", .timeLimit(.minutes(10)))
    func backoff() async {
        // At such a rate nobody waits for anything else.
        let client = ProviderClient(
            provider: provider, bucket: TokenBucket(ratePerSecond: 1000, burst: 12, now: .zero),
            health: ProviderHealth(since: Timestamp(seconds: 0)), time: time, random: SeededGenerator(seed: 1))
        provider.fault = { _ in QuestionFailure(.rateLimited(retryAfter: nil), "HTTP 429") }
        _ = await client.ask(.reports(MessageKey("K")))
        let pauses = zip(provider.requests, provider.requests.dropFirst()).map { $1.sentAt - $0.endedAt }
        #expect(pauses.count == 2)
        #expect(pauses[0] >= .milliseconds(375))
        #expect(pauses[1] >= .milliseconds(750))
    }

    /// How far apart requests are after so many rounds of four requests that are answered 429 together.
    private func spacing(afterRounds rounds: Int) async -> [Double] {
        for round in 1...rounds {
            // Enough is saved up for all four to be under way together.
            time.advance(by: .seconds(30))
            var left = 4
            provider.together = 4
            provider.fault = { [unowned provider] _ in
                left -= 1
                if left == 0 { provider.together = 1 }
                return left >= 0 ? QuestionFailure(.rateLimited(retryAfter: .seconds(1)), "HTTP 429") : nil
            }
            #expect(await answered((0..<4).map { begin("R\(round)K\($0)") }) == 4)
        }
        let before = provider.requests.count
        for index in 0..<4 { _ = await client.ask(.reports(MessageKey("A\(index)"))) }
        let times = provider.requests.dropFirst(before).map(\.sentAt)
        return zip(times, times.dropFirst()).map { ($1 - $0).inSeconds }
    }

    @Test("answers 429 to requests that were under way together halve the rate once", .timeLimit(.minutes(10)))
    func onceARound() async {
        let spacing = await spacing(afterRounds: 1)
        #expect(spacing.count == 3, "a rate of 2: \(spacing)")
        #expect(spacing.allSatisfy { (0.4...0.52).contains($0) })
    }

    @Test("the next round halves it again", .timeLimit(.minutes(10)))
    func nextRound() async {
        let spacing = await spacing(afterRounds: 2)
        #expect(spacing.count == 3, "a rate of 1: \(spacing)")
        #expect(spacing.allSatisfy { (0.7...1.03).contains($0) })
    }

    // MARK: Health

    @Test(
        "an endpoint that no message waits for never makes the provider failing",
        arguments: [QuestionFailure.Kind.unreachable, .refused, .nonsense, .rejected, .rateLimited(retryAfter: .zero)])
    func shortcuts(kind: QuestionFailure.Kind) async {
        var told: [ProviderState] = []
        client.onHealthChange = { health, _ in told.append(health.state) }
        provider.fault = { $0.endpoint.isDispensable ? QuestionFailure(kind, "scripted") : nil }
        let sender = SenderKey("5e1f0a")!
        let today = KoreanDay(time.now)
        for othersAnswer in [false, true] {
            client.beginPass()
            for _ in 0..<10 {
                guard case .failed = await client.history(HistoryQuestion(requestTime: time.now)) else { break }
            }
            for _ in 0..<10 { guard case .failed = await client.ask(.request(RequestID("S"))) else { break } }
            for _ in 0..<10 {
                guard case .failed = await client.statistics(StatisticsQuestion(days: today...today)) else { break }
            }
            for _ in 0..<10 { guard case .failed = await client.senderProfile(sender) else { break } }
            for _ in 0..<10 { guard case .failed = await client.senderSanction(sender, on: today) else { break } }
            if othersAnswer { #expect(await answered([begin("K")]) == 1) }
            let before = provider.requests.count
            await client.endPass(isLast: false)
            let isHeard = othersAnswer || kind == .rejected
            #expect(provider.requests.count == before + (isHeard ? 0 : 1), "whether it answers at all")
            #expect(client.health.state == .ok)
            #expect(client.lastFailure == nil)
            // When the breaker lets it be tried again.
            time.advance(by: CircuitBreaker.longestPause)
        }
        for endpoint in provider.endpoints where endpoint.isDispensable {
            #expect(client.lastFailure(of: endpoint)?.kind == kind)
        }
        #expect(told == [.ok], "the first answer, and nothing else")
    }

    @Test("an answer to a shortcut is one of the provider's: the provider is there")
    func shortcutAnswers() async {
        var told: [ProviderState] = []
        client.onHealthChange = { health, _ in told.append(health.state) }
        #expect(await answered([beginPage()]) == 1)
        #expect(told == [.ok])
        #expect(client.answers == 1)
    }

    /// Asks about one message in a way that fails, and about another in a way that is answered.
    private func passWithDeadChannels(othersAnswer: Bool) async {
        client.beginPass()
        if othersAnswer { #expect(await answered([begin("K")]) == 1) }
        guard case .failed = await client.ask(.channels(MessageKey("L"))) else { Issue.record("not failed"); return }
        await client.endPass(isLast: false)
    }

    @Test("an endpoint that answered nothing while others did is probed, and is well when it answers the probe")
    func probedAndWell() async {
        provider.fault = { $0.name == "L" ? QuestionFailure(.unreachable, "HTTP 500") : nil }
        await passWithDeadChannels(othersAnswer: true)
        #expect(provider.requests.map(\.name).suffix(1) == [MessageKey.probe.text])
        #expect(provider.requests.last?.endpoint == .messageStatus)
        #expect(client.health.state == .ok)
        #expect(client.lastFailure(of: .messageStatus) == nil)
    }

    @Test("a probe that is rejected is as good as an answer")
    func probedAndRejected() async {
        provider.fault = { request in
            switch request.name {
            case "L": QuestionFailure(.nonsense, "unreadable")
            case MessageKey.probe.text: QuestionFailure(.rejected, "service A213")
            default: nil
            }
        }
        await passWithDeadChannels(othersAnswer: true)
        #expect(client.health.state == .ok)
        #expect(client.lastFailure(of: .messageStatus) == nil)
    }

    @Test("it is failing when the probe fails as well")
    func probedAndFailing() async {
        var states: [(ProviderState, Int)] = []
        client.onHealthChange = { [unowned client] health, isNews in
            if isNews { states.append((health.state, client.requests)) }
        }
        provider.fault = { $0.endpoint == .messageStatus ? QuestionFailure(.unreachable, "HTTP 500") : nil }
        await passWithDeadChannels(othersAnswer: true)
        #expect(provider.requests.last?.name == MessageKey.probe.text)
        #expect(states.map(\.0) == [.unavailable], "not before the probe")
        #expect(states.first?.1 == provider.requests.count)
        #expect(client.health.detail == "message_status: HTTP 500")
    }

    @Test("where nothing answers, no probe is needed")
    func notProbed() async {
        provider.fault = { _ in QuestionFailure(.unreachable, "HTTP 500") }
        await passWithDeadChannels(othersAnswer: false)
        #expect(provider.requests.map(\.name) == ["L", "L", "L"])
        #expect(client.health.state == .unavailable)
    }
}

/// Answers everything, unless it is told to fail; and remembers when requests came.
@EventLoop
private final class WitnessProvider: Provider {
    struct Request {
        var endpoint: Endpoint
        /// The message's key, or the endpoint's name.
        var name: String
        var sentAt: Duration
        var endedAt: Duration
        var failure: QuestionFailure?
    }

    let endpoints = Set(Endpoint.allCases).subtracting([.polling, .pollingAck, .send, .token])
    private(set) var requests: [Request] = []
    var fault: (@EventLoop (Request) -> QuestionFailure?)?
    /// Requests are answered when so many are under way.
    var together = 1
    private var held: [CheckedContinuation<Void, Never>] = []
    private let time: VirtualTime

    init(_ time: VirtualTime) {
        self.time = time
    }

    func ask(_ question: Question) async throws(QuestionFailure) -> [ReportEntry] {
        try await answer(question.endpoint, question.key?.text ?? question.endpoint.rawValue)
        return []
    }

    func history(_ question: HistoryQuestion) async throws(QuestionFailure) -> HistoryPage {
        try await answer(.history, Endpoint.history.rawValue)
        return HistoryPage(entries: [], cursor: nil, hasNext: false)
    }

    func statistics(_ question: StatisticsQuestion) async throws(QuestionFailure) -> [DailyStatistics] {
        try await answer(.statistics, Endpoint.statistics.rawValue)
        return []
    }

    func senderProfile(_ key: SenderKey) async throws(QuestionFailure) -> SenderProfile? {
        try await answer(.senderProfile, Endpoint.senderProfile.rawValue)
        return nil
    }

    func senderSanction(_ key: SenderKey, on day: KoreanDay) async throws(QuestionFailure) -> SenderSanction? {
        try await answer(.senderSanction, Endpoint.senderSanction.rawValue)
        return nil
    }

    func poll() async throws(QuestionFailure) -> ReportBatch? { nil }

    func acknowledge(_ id: String) async throws(QuestionFailure) {}

    private func answer(_ endpoint: Endpoint, _ name: String) async throws(QuestionFailure) {
        let index = requests.count
        requests.append(Request(endpoint: endpoint, name: name, sentAt: time.uptime, endedAt: time.uptime))
        await turnOfTheLoop()
        await gather()
        requests[index].endedAt = time.uptime
        requests[index].failure = fault?(requests[index])
        if let failure = requests[index].failure { throw failure }
    }

    /// Until so many are together.
    private func gather() async {
        await withCheckedContinuation { continuation in
            held.append(continuation)
            guard held.count >= together else { return }
            for one in held { one.resume() }
            held = []
        }
    }
}
