import Engine
import Reconciliation
import Support
import Testing

/// What the client does where the provider wants a token first.
@Suite @EventLoop struct AccessTests {
    private let time = VirtualTime()
    private let provider: TokenProvider
    private let client: ProviderClient
    private let driver: TimeDriver

    init() {
        driver = TimeDriver(time)
        provider = TokenProvider(time)
        client = ProviderClient(
            provider: provider, bucket: TokenBucket(ratePerSecond: 4, burst: 4, now: .zero),
            health: ProviderHealth(since: Timestamp(seconds: 0)), time: time, random: SeededGenerator(seed: 1))
    }

    /// Asks about so many messages at once.
    /// - Returns: how many were answered, failed and not asked.
    private func ask(_ count: Int) async -> [Int] {
        let tasks = (0..<count).map { index in
            EventLoop.task { [client] in
                await client.ask(.reports(MessageKey("K\(index)")))
            }
        }
        var counts = [0, 0, 0]
        for task in tasks {
            switch await task.value {
            case .answered: counts[0] += 1
            case .failed: counts[1] += 1
            case .notAsked: counts[2] += 1
            }
        }
        return counts
    }

    @Test("many questions at once cause one request for a token, which counts")
    func singleFlight() async {
        #expect(await ask(20) == [20, 0, 0])
        #expect(provider.tokenRequests == 1)
        #expect(client.requests == 21)
        #expect(client.answers == 20)
    }

    @Test("requests for tokens wait at the bucket like all others")
    func rate() async {
        _ = await ask(20)
        provider.revoke()
        _ = await ask(20)
        for (first, start) in provider.times.enumerated() {
            for last in first..<provider.times.count {
                let most = 4 + 4 * (provider.times[last] - start).inSeconds
                #expect(Double(last - first + 1) <= most)
            }
        }
        #expect(provider.tokenRequests == 2)
        #expect(provider.times.count == client.requests)
    }

    @Test("a revoked token is renewed once, and everything is asked again")
    func revoked() async {
        #expect(await ask(8) == [8, 0, 0])
        provider.revokeDuringNextQuestion = true
        #expect(await ask(8) == [8, 0, 0])
        #expect(provider.tokenRequests == 2)
        #expect(client.health.state == .ok)
        #expect(client.lastFailure == nil)
    }

    @Test("a question that lapses twice is refused")
    func twice() async {
        provider.refusesEveryToken = true
        guard case .failed(let failure) = await client.ask(.reports(MessageKey("K"))) else {
            Issue.record("not failed")
            return
        }
        #expect(failure.kind == .refused)
        #expect(provider.tokenRequests == 2)
        #expect(client.requests == 4)
        #expect(client.lastFailure(of: .reportInquiry)?.kind == .refused)
    }

    @Test("a refused request for a token is not repeated for each of a thousand questions")
    func storm() async {
        provider.tokenFault = QuestionFailure(.refused, "credentials")
        #expect(await ask(1000) == [0, 0, 1000])
        #expect(provider.tokenRequests == 1)
        #expect(client.requests == 1)
        #expect(!client.isOpen(.reportInquiry))
        #expect(client.health.state == .refused)
        #expect(client.health.detail == "token: credentials")
        #expect(client.lastFailure == provider.tokenFault)
    }

    @Test("an unreachable provider is asked for a token three times, and the health tells")
    func unreachable() async {
        provider.tokenFault = QuestionFailure(.unreachable, "HTTP 503")
        #expect(await ask(5) == [0, 0, 5])
        #expect(provider.tokenRequests == 3)
        #expect(client.health.state == .unavailable)
    }

    @Test("a passing failure of the request for a token is no news")
    func passing() async {
        provider.tokenFault = QuestionFailure(.unreachable, "HTTP 503")
        provider.tokenFaults = 2
        var told: [ProviderState] = []
        client.onHealthChange = { health, isNews in if isNews { told.append(health.state) } }
        #expect(await ask(5) == [5, 0, 0])
        #expect(provider.tokenRequests == 3)
        #expect(told == [])
    }

    @Test("too many requests for tokens: none at once again, unless the provider says when")
    func throttled() async {
        provider.tokenFault = QuestionFailure(.rateLimited(retryAfter: nil), "HTTP 429")
        #expect(await ask(5) == [0, 0, 5])
        #expect(provider.tokenRequests == 1)
        #expect(client.health.state == .rateLimited)
        provider.access = .lacking
        provider.tokenFault = QuestionFailure(.rateLimited(retryAfter: .seconds(20)), "HTTP 429")
        provider.tokenFaults = 1
        let before = time.uptime
        #expect(await ask(5) == [5, 0, 0])
        #expect(provider.tokenRequests == 3)
        #expect(time.uptime - before >= .seconds(20))
    }

    @Test("a token alone ends no alert: the provider is back when a question is answered")
    func recovery() async {
        provider.tokenFault = QuestionFailure(.refused, "credentials")
        _ = await ask(1)
        provider.tokenFault = nil
        provider.access = .lacking
        provider.questionFault = QuestionFailure(.refused, "HTTP 403")
        var told: [ProviderState] = []
        client.onHealthChange = { health, isNews in told.append(health.state) }
        client.beginPass()
        await client.endPass(isLast: false)
        #expect(client.health.state == .refused)
        #expect(client.health.detail == "report_inquiry: HTTP 403")
        #expect(told == [])
        provider.questionFault = nil
        client.beginPass()
        await client.endPass(isLast: false)
        #expect(told == [.ok])
    }

    @Test("the question that tries whether a failing provider is back may lapse as well", .timeLimit(.minutes(10)))
    func lapsedProbe() async {
        provider.questionFault = QuestionFailure(.unreachable, "HTTP 503")
        _ = await ask(5)
        #expect(!client.isOpen(.reportInquiry))
        provider.questionFault = nil
        provider.revoke()
        time.advance(by: CircuitBreaker.longestPause)
        #expect(await ask(5) == [5, 0, 0])
        #expect(provider.tokenRequests == 2)
        #expect(client.health.state == .ok)
    }

    @Test("draining does not wait for a token")
    func cancelled() async {
        provider.tokenFault = QuestionFailure(.unreachable, "HTTP 503")
        let task = EventLoop.task { await client.ask(.reports(MessageKey("K"))) }
        task.cancel()
        guard case .notAsked = await task.value else { Issue.record("asked"); return }
        #expect(provider.tokenRequests == 0)
    }
}

/// Takes questions only with the token it issued last.
@EventLoop
private final class TokenProvider: Provider {
    let endpoints: Set<Endpoint> = [.token, .reportInquiry]
    var access = Access.lacking
    /// Fails requests for tokens, as often as `tokenFaults` says.
    var tokenFault: QuestionFailure?
    var tokenFaults = Int.max
    var questionFault: QuestionFailure?
    var refusesEveryToken = false
    var revokeDuringNextQuestion = false
    private(set) var tokenRequests = 0
    /// When requests came.
    private(set) var times: [Duration] = []
    private let time: VirtualTime
    private var issued = 0
    private var isGood = false

    init(_ time: VirtualTime) {
        self.time = time
    }

    /// The daemon does not know yet.
    func revoke() { isGood = false }

    func obtainAccess() async throws(QuestionFailure) {
        tokenRequests += 1
        times.append(time.uptime)
        await turnOfTheLoop()
        if let tokenFault, tokenFaults > 0 {
            tokenFaults -= 1
            access = .withheld(until: time.uptime + .seconds(60))
            throw tokenFault
        }
        issued += 1
        isGood = true
        access = .granted
    }

    func ask(_ question: Question) async throws(QuestionFailure) -> [ReportEntry] {
        times.append(time.uptime)
        let token = issued
        await turnOfTheLoop()
        if revokeDuringNextQuestion {
            revokeDuringNextQuestion = false
            isGood = false
        }
        if token != issued || !isGood || refusesEveryToken {
            if token == issued { access = .lacking }
            throw QuestionFailure(.lapsed, "HTTP 401")
        }
        if let questionFault { throw questionFault }
        return []
    }

    func history(_ question: HistoryQuestion) async throws(QuestionFailure) -> HistoryPage {
        throw QuestionFailure(.rejected, "no history")
    }

    func poll() async throws(QuestionFailure) -> ReportBatch? { nil }

    func acknowledge(_ id: String) async throws(QuestionFailure) {}
}
