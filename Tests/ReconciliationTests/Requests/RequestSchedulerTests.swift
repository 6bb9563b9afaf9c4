import Reconciliation
import Testing

/// Who may ask, and what requests say of the provider.
@Suite struct RequestSchedulerTests {
    var gate = KeptGate()

    // MARK: Steps

    @Test("a request goes when its endpoint is well and there is a token")
    mutating func go() {
        #expect(gate.step(.reportInquiry) == .go)
    }

    @Test("who has to wait for the rate is told how long")
    mutating func rate() {
        gate = KeptGate(rate: 1)
        while gate.step(.reportInquiry) == .go {}
        guard case .wait(let pause) = gate.step(.reportInquiry) else { Issue.record("does not wait"); return }
        #expect(pause > .zero)
        #expect(pause < .seconds(2))
        gate.now += pause
        #expect(gate.step(.reportInquiry) == .go)
    }

    @Test("bulk requests look again while an urgent one waits, and go when it has left")
    mutating func urgentFirst() {
        gate.keeper.join(.urgent)
        #expect(gate.step(.history, .bulk) == .lookAgain(after: RateLimiter.lookAgain))
        #expect(gate.step(.reportInquiry) == .go)
        gate.keeper.leave(.urgent)
        #expect(gate.step(.history, .bulk) == .go)
    }

    @Test("an endpoint that failed again and again is paused, then one request probes it and the others wait for that")
    mutating func probing() {
        gate.exhaust(.reportInquiry)
        #expect(gate.step(.reportInquiry) == .no)
        #expect(gate.step(.messageStatus) == .go)
        gate.now += CircuitBreaker.firstPause
        #expect(gate.step(.reportInquiry) == .go)
        #expect(gate.step(.reportInquiry) == .lookAgain(after: RateLimiter.lookAgain))
        gate.answer(.reportInquiry)
        #expect(gate.step(.reportInquiry) == .go)
    }

    @Test("requests that were under way together when connections broke have failed once; each time counts")
    mutating func brokenTogether() {
        for time in 1...CircuitBreaker.threshold {
            #expect(gate.step(.messageStatus) == .go)
            for _ in 0..<16 { gate.fail(.messageStatus, brokeConnection: true) }
            #expect(gate.keeper.health.state == (time < CircuitBreaker.threshold ? .ok : .unavailable))
            gate.now += .milliseconds(1)
        }
        #expect(gate.step(.messageStatus) == .no)
    }

    @Test("a probe whose connection breaks has failed, whenever another broke")
    mutating func brokenProbe() {
        gate.exhaust(.messageStatus)
        gate.now += CircuitBreaker.firstPause
        #expect(gate.step(.messageStatus) == .go)
        gate.fail(.messageStatus, brokeConnection: true)
        #expect(gate.step(.messageStatus) == .no)
        gate.now += CircuitBreaker.firstPause
        #expect(gate.step(.messageStatus) == .no, "twice as long")
    }

    @Test("one obtains access, the others wait for that")
    mutating func access() {
        gate.access = .lacking
        #expect(gate.step(.reportInquiry) == .obtainAccess)
        #expect(gate.step(.messageStatus) == .lookAgain(after: RateLimiter.lookAgain))
        #expect(gate.step(.token) == .go)
        gate.access = .granted
        #expect(gate.keeper.accessEnded(nil, at: KeptGate.time) == .nothing)
        #expect(gate.step(.messageStatus) == .go)
    }

    @Test("access that cannot be had is told, and nobody asks while it is withheld")
    mutating func withheld() {
        gate.access = .lacking
        _ = gate.step(.reportInquiry)
        #expect(
            gate.keeper.accessEnded(QuestionFailure(.refused, "credentials"), at: KeptGate.time) == .tell(isNews: true))
        #expect(gate.keeper.health.state == .refused)
        #expect(gate.keeper.health.detail == "token: credentials")
        #expect(gate.keeper.health.cause == nil, "no token is asked for too often")
        gate.access = .withheld(until: gate.now + .seconds(60))
        #expect(gate.step(.reportInquiry) == .no)
    }

    // MARK: What requests say

    @Test("the first answer is told, the others only when they are news")
    mutating func answers() {
        #expect(gate.answer(.reportInquiry) == .tell(isNews: false))
        #expect(gate.answer(.reportInquiry) == .nothing)
        gate.exhaust(.reportInquiry)
        #expect(gate.keeper.health.state == .unavailable)
        #expect(gate.answer(.reportInquiry) == .tell(isNews: true))
        #expect(gate.keeper.health.state == .ok)
        #expect(gate.keeper.answers == 3)
    }

    @Test("while another endpoint is failing an answer ends nothing")
    mutating func oneOfTwo() {
        gate.exhaust(.messageStatus)
        #expect(gate.answer(.reportInquiry) == .nothing)
        #expect(gate.keeper.health.state == .unavailable)
    }

    @Test("one 429 for a token is throttling, three in a row are RateLimited, and neither is an outage")
    mutating func throttledTokens() {
        let limited = QuestionFailure(.rateLimited(retryAfter: nil), "429")
        for count in 1...4 {
            gate.fail(.token, .rateLimited(retryAfter: nil))
            _ = gate.keeper.accessEnded(limited, at: KeptGate.time)
            #expect(gate.keeper.health.state == .rateLimited)
            #expect(gate.keeper.health.observations.isEmpty)
            #expect(gate.holdsRateLimited == (count >= 3))
        }
        gate.answer(.token)
        #expect(!gate.holdsRateLimited, "a token is no answer yet")
        #expect(gate.keeper.health.state == .rateLimited, "a token is no answer yet")
        gate.answer(.reportInquiry)
        #expect(gate.keeper.health.state == .ok)
    }

    @Test("what earlier processes have been told of tokens counts, if it is long enough ago")
    mutating func throttledBefore() {
        gate.fail(.token, .rateLimited(retryAfter: nil))
        _ = gate.keeper.accessEnded(QuestionFailure(.rateLimited(retryAfter: nil), "429"), at: KeptGate.time)
        var next = KeptGate(health: gate.keeper.health)
        next.fail(.token, .rateLimited(retryAfter: nil), at: KeptGate.time + .seconds(119))
        #expect(!next.holdsRateLimited)
        next = KeptGate(health: gate.keeper.health)
        next.fail(.token, .rateLimited(retryAfter: nil), at: KeptGate.time + .seconds(120))
        #expect(next.holdsRateLimited)
    }

    @Test("a question that is answered 429 is another matter")
    mutating func throttledQuestions() {
        for _ in 0..<CircuitBreaker.threshold { gate.fail(.reportInquiry, .rateLimited(retryAfter: nil)) }
        #expect(gate.keeper.health.state == .rateLimited)
        #expect(!gate.keeper.health.observations.isEmpty)
        #expect(!gate.holdsRateLimited)
    }

    @Test("a token is no answer yet")
    mutating func token() {
        #expect(gate.answer(.token) == .nothing)
        #expect(gate.keeper.answers == 0)
        #expect(gate.keeper.requests == 1)
    }

    @Test("the failure that opens the breaker is told, those before it are not")
    mutating func opening() {
        let actions = (0..<CircuitBreaker.threshold).map { _ in gate.fail(.reportInquiry) }
        #expect(actions.dropLast().allSatisfy { $0 == .nothing })
        #expect(actions.last == .tell(isNews: true))
        #expect(gate.keeper.lastFailure?.detail == "scripted")
    }

    @Test("a key that may not poll is told at once, one that may not ask is not")
    mutating func polling() {
        #expect(gate.fail(.reportInquiry, .refused) == .nothing)
        #expect(gate.fail(.polling, .refused) == .tell(isNews: true))
        #expect(gate.keeper.health.detail == "polling: scripted")
    }

    @Test("that the key is refused altogether is news where it could only not poll; polling takes no place of that")
    mutating func worse() {
        #expect(gate.fail(.polling, .refused, cause: .polling) == .tell(isNews: true))
        for _ in 1..<CircuitBreaker.threshold { gate.fail(.reportInquiry, .refused) }
        #expect(gate.fail(.reportInquiry, .refused) == .tell(isNews: true))
        #expect(gate.keeper.health.cause == nil)
        #expect(gate.keeper.health.detail == "report_inquiry: scripted")
        #expect(gate.fail(.polling, .refused, cause: .polling) == .nothing)
        #expect(gate.keeper.health.cause == nil)
    }

    @Test("a key that is taken now and then is told as refused altogether until it was not for ten minutes")
    mutating func nowAndThen() {
        gate.fail(.polling, .refused, cause: .polling)
        for minute in 0..<60 {
            let time = KeptGate.time + .seconds(Int64(60 * minute))
            let action = gate.fail(.reportInquiry, .refused, isProbe: true, at: time)
            #expect(action == (minute == 0 ? .tell(isNews: true) : .nothing))
            gate.answer(.reportInquiry)
            #expect(gate.fail(.polling, .refused, cause: .polling, at: time + .seconds(30)) == .nothing)
        }
        let later = KeptGate.time + .seconds(3540 + 600)
        #expect(gate.fail(.polling, .refused, cause: .polling, at: later) == .tell(isNews: true))
        #expect(gate.keeper.health.cause == .polling)
        #expect(gate.keeper.health.since == KeptGate.time)
    }

    @Test("an acknowledgement that failed is over when the provider holds no batch ready, and not before")
    mutating func noBatch() {
        gate.exhaust(.pollingAck)
        gate.answer(.polling)
        #expect(gate.keeper.health.state == .unavailable)
        #expect(gate.keeper.hasNoBatch(at: KeptGate.time) == .tell(isNews: true))
        #expect(gate.keeper.health.state == .ok)
        #expect(gate.keeper.hasNoBatch(at: KeptGate.time) == .nothing)
        gate.exhaust(.pollingAck)
        gate.exhaust(.reportInquiry)
        #expect(gate.keeper.hasNoBatch(at: KeptGate.time) == .nothing)
        #expect(gate.answer(.reportInquiry) == .tell(isNews: true))
    }

    @Test("a shortcut that fails is nobody's news, and no failure of the provider's")
    mutating func shortcut() {
        gate.exhaust(.history)
        #expect(gate.keeper.health.state == .ok)
        #expect(gate.keeper.lastFailure == nil)
        #expect(gate.keeper[.history].lastFailure != nil)
        #expect(gate.step(.history) == .no)
    }

    @Test("a lapse is no failure")
    mutating func lapse() {
        for _ in 0...CircuitBreaker.threshold { #expect(gate.fail(.reportInquiry, .lapsed) == .nothing) }
        #expect(gate.keeper[.reportInquiry].lastFailure == nil)
        #expect(gate.step(.reportInquiry) == .go)
    }

    @Test("a probe that fails is told at once, one that is rejected is answered")
    mutating func probes() {
        #expect(gate.fail(.messageStatus, .unreachable, isProbe: true) == .tell(isNews: true))
        #expect(gate.fail(.messageStatus, .rejected, isProbe: true) == .tell(isNews: true))
        #expect(gate.keeper.health.state == .ok)
        #expect(gate.keeper.answers == 1)
    }

    // MARK: When asking goes on

    @Test("while what fails is paused, its end is known; the earliest of several; none when nothing fails")
    mutating func pauseEnd() {
        #expect(gate.keeper.pauseEnd(.granted, at: gate.now) == nil)
        gate.exhaust(.messageStatus)
        let first = gate.now + CircuitBreaker.firstPause
        gate.now += .seconds(5)
        gate.exhaust(.reportInquiry)
        #expect(gate.keeper.pauseEnd(.granted, at: gate.now) == first)
        #expect(gate.keeper.pauseEnd(.granted, at: first) == nil, "the next cycle asks")
    }

    @Test("it is not before the provider wished, nor before access can be had again")
    mutating func laterPauses() {
        for _ in 0..<CircuitBreaker.threshold { gate.fail(.reportInquiry, .rateLimited(retryAfter: .seconds(40))) }
        #expect(gate.keeper.pauseEnd(.granted, at: gate.now) == gate.now + .seconds(40))
        gate = KeptGate()
        _ = gate.keeper.accessEnded(QuestionFailure(.refused, "credentials"), at: KeptGate.time)
        let end = gate.now + .seconds(60)
        #expect(gate.keeper.pauseEnd(.withheld(until: end), at: gate.now) == end)
        let other = gate.now
        gate.exhaust(.reportInquiry)
        gate.now = other + CircuitBreaker.firstPause
        let later = gate.now + .seconds(30)
        #expect(gate.keeper.pauseEnd(.withheld(until: later), at: gate.now) == later, "nothing is asked without access")
    }
}
