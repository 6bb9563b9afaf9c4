import Reconciliation
import Testing

/// The breaker behind a reference: `#expect` cannot call what mutates.
private final class Breaker {
    private var value = CircuitBreaker()
    var state: CircuitBreaker.State { value.state }
    func permission(at now: Duration) -> CircuitBreaker.Permission { value.permission(at: now) }
    func answered() { value.answered() }
    func withdrawn(at now: Duration) { value.withdrawn(at: now) }
    func failed(at now: Duration) -> Bool { value.failed(at: now) }
}

@Suite struct CircuitBreakerTests {
    private func opened(at now: Duration = .zero) -> Breaker {
        let breaker = Breaker()
        for _ in 1..<CircuitBreaker.threshold { _ = breaker.failed(at: now) }
        _ = breaker.failed(at: now)
        return breaker
    }

    @Test("opens at the threshold of failures in a row, not before")
    func opens() {
        let breaker = Breaker()
        for _ in 1..<CircuitBreaker.threshold {
            #expect(!breaker.failed(at: .zero))
            #expect(breaker.permission(at: .zero) == .granted)
        }
        #expect(breaker.failed(at: .zero))
        #expect(breaker.permission(at: .zero) == .refused)
    }

    @Test("an answer in between starts the count anew")
    func resets() {
        let breaker = Breaker()
        for _ in 0..<100 {
            for _ in 1..<CircuitBreaker.threshold { #expect(!breaker.failed(at: .zero)) }
            breaker.answered()
        }
    }

    @Test("lets one question through after its pause, and closes when that is answered")
    func probes() {
        let breaker = opened()
        #expect(breaker.permission(at: CircuitBreaker.firstPause - .milliseconds(1)) == .refused)
        #expect(breaker.permission(at: CircuitBreaker.firstPause) == .granted)
        #expect(breaker.permission(at: CircuitBreaker.firstPause) == .refused)
        breaker.answered()
        #expect(breaker.permission(at: CircuitBreaker.firstPause) == .granted)
        #expect(breaker.state == .closed(failuresInARow: 0))
    }

    @Test("waits twice as long after each failed probe, up to its longest pause")
    func backsOff() {
        let breaker = opened()
        var now = Duration.zero
        var pauses: [Duration] = []
        for _ in 0..<20 {
            guard case .open(let until, _) = breaker.state else { Issue.record("not open"); return }
            pauses.append(until - now)
            now = until
            #expect(breaker.permission(at: now) == .granted)
            #expect(breaker.failed(at: now))
        }
        #expect(Array(pauses.prefix(6)) == [15, 30, 60, 120, 240, 300].map(Duration.seconds))
        #expect(pauses.last == CircuitBreaker.longestPause)
    }

    @Test("a probe that was not put after all leaves its place to another, at once")
    func withdrawn() {
        let breaker = opened()
        breaker.withdrawn(at: .zero)
        #expect(breaker.permission(at: .zero) == .refused, "nothing to withdraw")
        #expect(breaker.permission(at: CircuitBreaker.firstPause) == .granted)
        breaker.withdrawn(at: CircuitBreaker.firstPause)
        #expect(breaker.permission(at: CircuitBreaker.firstPause) == .granted)
        #expect(breaker.permission(at: CircuitBreaker.firstPause) == .refused)
    }

    @Test("a probe that was not put after all does not shorten the pauses that follow")
    func withdrawnLater() {
        let breaker = opened()
        #expect(breaker.permission(at: .seconds(15)) == .granted)
        #expect(breaker.failed(at: .seconds(15)))
        #expect(breaker.permission(at: .seconds(45)) == .granted)
        breaker.withdrawn(at: .seconds(45))
        #expect(breaker.permission(at: .seconds(45)) == .granted)
        #expect(breaker.failed(at: .seconds(45)))
        #expect(breaker.state == .open(until: .seconds(105), openings: 3))
    }

    @Test("failures of questions that were under way when it opened change nothing")
    func stragglers() {
        let breaker = opened()
        let before = breaker.state
        #expect(!breaker.failed(at: .seconds(3)))
        #expect(breaker.state == before)
    }
}
