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
}

@Suite struct TokenBucketTests {
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
        #expect(bucket.take(at: .seconds(100)) == .milliseconds(250))
        #expect(bucket.take(at: .seconds(100) + .milliseconds(250)) == nil)
    }

    @Test("keeps no more than its burst")
    func capacity() {
        let bucket = Bucket(ratePerSecond: 4, burst: 4, now: .zero)
        var count = 0
        while bucket.take(at: .seconds(3600)) == nil { count += 1 }
        #expect(count == 4)
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
        #expect(bucket.take(at: .seconds(11)) == nil)
    }
}
