import Reconciliation
import Testing

/// Verification asks when nobody else does, and leaves a token to whoever comes next.
@Suite struct IdleTests {
    private func line(rate: Double = 4, burst: Double = 4) -> RateLimiter {
        RateLimiter(TokenBucket(ratePerSecond: rate, burst: burst, now: .zero))
    }

    @Test("it leaves one token, where more than one can be saved up")
    func leavesOne() {
        var line = line()
        var gone = 0
        while line.turn(.idle, at: .seconds(3600)) == .go { gone += 1 }
        #expect(gone == 2)
        #expect(line.turn(.urgent, at: .seconds(3600)) == .go)
        #expect(line.turn(.urgent, at: .seconds(3600)) != .go)
    }

    @Test("where one is all that can be saved up it is taken", arguments: [0.2, 1, 1.5, 2])
    func burstOfOne(_ burst: Double) {
        var line = line(burst: burst)
        #expect(line.turn(.idle, at: .seconds(3600)) == .go)
        #expect(line.turn(.idle, at: .seconds(3600)) != .go)
    }

    @Test("it gives way to everybody who waits, and looks again")
    func givesWay() {
        for other in [Priority.urgent, .bulk] {
            var line = line()
            line.join(other)
            #expect(line.turn(.idle, at: .seconds(3600)) == .behind(lookAgain: RateLimiter.lookAgain))
            #expect(line.turn(other, at: .seconds(3600)) == .go)
            line.leave(other)
            #expect(line.turn(.idle, at: .seconds(3600)) == .go)
        }
    }

    @Test("nobody gives way to it")
    func nobodyGivesWay() {
        var line = line()
        line.join(.idle)
        #expect(line.turn(.bulk, at: .seconds(3600)) == .go)
        #expect(line.turn(.urgent, at: .seconds(3600)) == .go)
    }

    @Test("at whatever rate it gets its turn, looking again and again", arguments: [0.01, 0.5, 4, 1000])
    func getsItsTurn(_ rate: Double) {
        for burst in [1.0, 2.5, 4, 32] {
            var line = line(rate: rate, burst: burst)
            var now = Duration.zero
            var gone = 0
            for _ in 0..<1_000_000 where gone < 3 {
                switch line.turn(.idle, at: now) {
                case .go: gone += 1
                case .behind(let pause), .wait(let pause): now += pause
                }
            }
            #expect(gone == 3)
            #expect(now <= .seconds(4 / rate * 1.1) + .seconds(1))
        }
    }

    @Test("beside those that use half of the rate it still gets the other half, and they wait for nothing")
    func besideOthers() {
        var line = line()
        var idle = 0
        for tick in 0..<1200 {
            let now = Duration.milliseconds(100 * tick)
            if tick >= 30, tick % 5 == 0 { #expect(line.turn(.urgent, at: now) == .go) }
            if line.turn(.idle, at: now) == .go { idle += 1 }
        }
        #expect(idle > 200)
    }

    @Test("a wait is never longer than until it looks again, for somebody may have come")
    func looksAgain() {
        var line = line(rate: 1e-5, burst: 4)
        guard case .wait(let pause) = line.turn(.idle, at: .zero) else {
            Issue.record("it went")
            return
        }
        #expect(pause == RateLimiter.lookAgain)
    }
}
