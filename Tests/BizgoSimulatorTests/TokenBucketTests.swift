import Testing

@testable import BizgoSimulator

@Suite("The token bucket")
struct TokenBucketTests {
    @Test("It never admits more than the burst and what flowed in since")
    func bound() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<50 {
            let rate = Double.random(in: 0.5...50, using: &generator)
            let burst = Double.random(in: 1...20, using: &generator)
            let bucket = Box(TokenBucket(ratePerSecond: rate, burst: burst))
            var now: Int64 = 0
            var admitted = 0.0
            for _ in 0..<500 {
                now += Int64.random(in: 0...200_000, using: &generator)
                if bucket({ $0.take(now: now) }) { admitted += 1 }
                #expect(admitted <= burst + rate * Double(now) / 1_000_000 + 1e-6)
            }
            #expect(admitted > 0.5 * min(500, rate * Double(now) / 1_000_000))
        }
    }

    @Test("Five at once, then one every 200 ms")
    func documented() {
        let bucket = Box(TokenBucket(ratePerSecond: 5, burst: 5))
        let first = (0..<6).map { _ in bucket { $0.take(now: 1_000_000) } }
        #expect(first == [true, true, true, true, true, false])
        #expect(!bucket { $0.take(1, now: 1_199_000) })
        #expect(bucket { $0.take(1, now: 1_200_000) })
        #expect(!bucket { $0.take(1, now: 1_200_000) })
    }

    @Test("A rate of zero admits everything")
    func unlimited() {
        let bucket = Box(TokenBucket(ratePerSecond: 0, burst: 0))
        let admitted = (0..<100).map { _ in bucket { $0.take(200, now: 0) } }
        #expect(!admitted.contains(false))
    }

    @Test("A cost above the burst needs a full bucket and leaves a debt")
    func debt() {
        let bucket = Box(TokenBucket(ratePerSecond: 100, burst: 100))
        #expect(bucket { $0.take(200, now: 0) })
        #expect(!bucket { $0.take(1, now: 900_000) })
        #expect(bucket { $0.take(1, now: 1_010_000) })
    }

    @Test("A clock that goes back gives nothing away")
    func backwards() {
        let bucket = Box(TokenBucket(ratePerSecond: 1, burst: 1))
        #expect(bucket { $0.take(1, now: 10_000_000) })
        #expect(!bucket { $0.take(1, now: 0) })
        #expect(!bucket { $0.take(1, now: 10_500_000) })
        #expect(bucket { $0.take(1, now: 11_000_000) })
    }
}
