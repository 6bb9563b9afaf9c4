import Reconciliation
import Support
import Testing

/// The bucket behind a reference: `#expect` cannot call what mutates.
private final class Bucket {
    private var value: TokenBucket
    init(ratePerSecond: Double, burst: Double, now: Duration) {
        value = TokenBucket(ratePerSecond: ratePerSecond, burst: burst, now: now)
    }
    func take(at now: Duration) -> Duration? { value.take(at: now) }
    func pause(until end: Duration) { value.pause(until: end) }
    func throttled(sentAt: Duration, at now: Duration) { value.throttled(sentAt: sentAt, at: now) }
    func accepted(at now: Duration) { value.accepted(at: now) }
    var rate: Double { value.ratePerSecond }
}

@Suite struct TokenBucketTests {
    @Test("however low the rate, one is told to look again within the hour", arguments: [1e-300, 1e-17, 1e-5])
    func hardlyEver(rate: Double) {
        let bucket = Bucket(ratePerSecond: rate, burst: 1, now: .zero)
        #expect(bucket.take(at: .zero) == .seconds(3600))
        bucket.pause(until: .seconds(1_000_000))
        #expect(bucket.take(at: .zero) == .seconds(3600))
    }

    @Test("never lets more through than burst + rate × t, in any time t, however it is asked")
    func bound() {
        for (rate, burst) in [(4.0, 4.0), (0.5, 1), (1000, 32), (7.3, 0.2), (3, 10)] {
            var random = SeededGenerator(seed: 11)
            let bucket = Bucket(ratePerSecond: rate, burst: burst, now: .zero)
            var now = Duration.zero
            var taken: [Double] = []
            while taken.count < 300 {
                if let wait = bucket.take(at: now) {
                    let early = Bool.random(using: &random)  // some come back too soon, some too late
                    now += early ? wait / 2 : wait + .milliseconds(Int64.random(in: 0...900, using: &random))
                } else {
                    taken.append(now.inSeconds)
                }
            }
            for start in taken.indices {
                for end in start..<taken.count {
                    let allowed = max(1, burst) + rate * (taken[end] - taken[start])
                    #expect(Double(end - start + 1) <= allowed + 1e-6)
                }
            }
        }
    }

    @Test("starts empty, so that restarts do not add bursts")
    func startsEmpty() {
        let bucket = Bucket(ratePerSecond: 4, burst: 4, now: .seconds(100))
        #expect(bucket.take(at: .seconds(100)) == .milliseconds(256))
        #expect(bucket.take(at: .seconds(100) + .milliseconds(256)) == nil)
    }

    @Test("keeps no more than its burst, less the one that the way to the server may add")
    func capacity() {
        let bucket = Bucket(ratePerSecond: 4, burst: 4, now: .zero)
        var count = 0
        while bucket.take(at: .seconds(3600)) == nil { count += 1 }
        #expect(count == 3)
    }

    @Test("lets nothing through while it is paused")
    func pause() {
        let bucket = Bucket(ratePerSecond: 4, burst: 4, now: .zero)
        bucket.pause(until: .seconds(30))
        bucket.pause(until: .seconds(10))
        #expect(bucket.take(at: .seconds(20)) == .seconds(10))
        #expect(bucket.take(at: .seconds(30)) == nil)
    }

    @Test("does not gain from a clock that goes back")
    func backwards() {
        let bucket = Bucket(ratePerSecond: 1, burst: 1, now: .seconds(10))
        #expect(bucket.take(at: .seconds(5)) != nil)
        #expect(bucket.take(at: .seconds(10)) != nil)
        #expect(bucket.take(at: .seconds(12)) == nil)
    }

    @Test("halves its rate after 429, once for all requests that were under way, and recovers within a minute")
    func adapts() {
        let bucket = Bucket(ratePerSecond: 4, burst: 4, now: .zero)
        let full = bucket.rate
        for _ in 0..<4 { bucket.throttled(sentAt: .seconds(1), at: .seconds(2)) }
        #expect(bucket.rate == full / 2)
        #expect(bucket.take(at: .seconds(2)) != nil, "what was saved up is gone")
        bucket.throttled(sentAt: .seconds(2), at: .seconds(3))
        #expect(bucket.rate == full / 2, "it was sent before anybody could know")
        bucket.throttled(sentAt: .seconds(3), at: .seconds(4))
        #expect(bucket.rate == full / 4)
        for second in 5...30 { bucket.accepted(at: .seconds(Int64(second))) }
        #expect((full * 0.6...full * 0.8).contains(bucket.rate), "slowly: \(bucket.rate)")
        for second in 31...60 { bucket.accepted(at: .seconds(Int64(second))) }
        #expect(bucket.rate == full)
        for second in 61...100 { bucket.throttled(sentAt: .seconds(Int64(second)), at: .seconds(Int64(second))) }
        #expect(bucket.rate > 0.1, "but never ends")
    }

    @Test("pauses after 429 grow until a request is taken, and then from the beginning")
    func pauses() throws {
        var line = RateLimiter(TokenBucket(ratePerSecond: 1000, burst: 10, now: .zero))
        var random = SeededGenerator(seed: 1)
        func pause(at now: Duration) throws -> Duration {
            line.throttled(nil, sentAt: now, at: now, random: &random)
            return try #require(line.pauseEnd(at: now)) - now
        }
        let growing = try (1...4).map { try pause(at: .seconds($0 * 100)) }
        for (first, second) in zip(growing, growing.dropFirst()) { #expect(second > first) }
        line.accepted(at: .seconds(500))
        let anew = try pause(at: .seconds(600))
        #expect(anew >= .milliseconds(375))
        #expect(anew <= .milliseconds(625))
    }

    @Test("a long silence is no reason to be fast again")
    func silence() {
        let bucket = Bucket(ratePerSecond: 4, burst: 4, now: .zero)
        bucket.throttled(sentAt: .zero, at: .seconds(1))
        let before = bucket.rate
        bucket.accepted(at: .seconds(3600))
        #expect(bucket.rate < before * 1.1)
    }
}
