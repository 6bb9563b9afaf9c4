/// SplitMix64: the same seed and stream give the same decisions on every machine.
///
/// A stream a message (its ordinal) keeps one message's outcome independent of how many others were accepted
/// between, or in what order they were asked about.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts the sequence number `stream` of `seed`.
    package init(seed: UInt64, stream: UInt64 = 0) {
        state = seed
        state = next() &+ stream &* 0xD1B5_4A32_D192_ED03
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number in `0 ..< 1`.
    package mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// The index of one of `weights`, each as likely as its share of their sum; nil where the sum is zero.
    package mutating func index(weights: [Double]) -> Int? {
        let sum = weights.reduce(0, +)
        guard sum > 0 else { return nil }
        var left = unit() * sum
        for (index, weight) in weights.enumerated() where weight > 0 {
            if left < weight { return index }
            left -= weight
        }
        return weights.lastIndex { $0 > 0 }
    }
}
