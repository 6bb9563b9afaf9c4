internal import Glibc

/// How long after acceptance a report becomes known.
package enum DelayDistribution: Sendable, Equatable {
    /// Always this many milliseconds.
    case fixed(milliseconds: Int64)
    /// Evenly spread over a range of milliseconds.
    case uniform(milliseconds: ClosedRange<Int64>)
    /// Many soon and a few late: exponential with this mean in milliseconds.
    case exponential(meanMilliseconds: Double)

    func sample(_ generator: inout SeededGenerator) -> Int64 {
        switch self {
        case .fixed(let milliseconds): milliseconds
        case .uniform(let range): Int64.random(in: range, using: &generator)
        case .exponential(let mean): Int64(-mean * log(1 - generator.unit()))
        }
    }
}
