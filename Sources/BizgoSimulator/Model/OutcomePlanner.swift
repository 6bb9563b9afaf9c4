internal import Glibc

/// Turns outcomes into what each channel will report and when. Pure: the generator is passed in.
struct OutcomePlanner: Sendable {
    var weights: OutcomeWeights
    var failureCodes: [String]
    var uncertainCode: String
    var delay: DelayDistribution

    static let suspendedCode = "64008"

    /// The channels of a message accepted `at`; of `flow` only those that are going to be tried.
    func channels(
        _ outcome: PlannedOutcome, flow: [Channel], at: Int64, _ generator: inout SeededGenerator
    ) -> [ChannelPlan] {
        let first = flow.first ?? .alimtalk
        switch outcome {
        case .delivered: return [report(first, "10000", at, &generator)]
        case .failed: return [report(first, failure(&generator), at, &generator)]
        case .uncertain: return [report(first, uncertainCode, at, &generator)]
        case .inFlight: return [ChannelPlan(first, startsAt: at)]
        case .suspended: return [report(first, Self.suspendedCode, at, &generator)]
        case .fallbackDelivered, .fallbackFailed, .fallbackInFlight:
            let failed = report(first, failure(&generator), at, &generator)
            let second = flow.count > 1 ? flow[1] : .sms
            // The next channel starts the moment the one before reports: there is no instant at which message
            // status could be mistaken for "all channels failed".
            switch outcome {
            case .fallbackDelivered: return [failed, report(second, "10000", failed.visibleAt, &generator)]
            case .fallbackFailed: return [failed, report(second, "23001", failed.visibleAt, &generator)]
            default: return [failed, ChannelPlan(second, startsAt: failed.visibleAt)]
            }
        }
    }

    private func failure(_ generator: inout SeededGenerator) -> String {
        failureCodes.randomElement(using: &generator) ?? "64016"
    }

    private func report(
        _ channel: Channel, _ code: String, _ at: Int64, _ generator: inout SeededGenerator
    ) -> ChannelPlan {
        ChannelPlan(
            channel, startsAt: at, reportCode: code, reportText: Self.text(code),
            visibleAt: at + max(0, delay.sample(&generator)))
    }

    static func text(_ code: String) -> String {
        switch code {
        case "10000": "Success"
        case "64008": "No permission for this account"
        case "64016": "Not a KakaoTalk user"
        case "63005": "Receipt not confirmed"
        case "22003": "Handset power off"
        case "23001": "No such subscriber"
        default: "Report \(code)"
        }
    }
}

/// How often each outcome is drawn. Only the ratios matter.
package struct OutcomeWeights: Sendable {
    private var weights: [PlannedOutcome: Double]

    /// Weights by outcome; what is not named never happens.
    package init(_ weights: [PlannedOutcome: Double]) {
        self.weights = weights
    }

    /// Mostly delivered, and some of everything else.
    package static let mixed = OutcomeWeights([
        .delivered: 80, .failed: 10, .uncertain: 1, .inFlight: 2, .fallbackDelivered: 5, .fallbackFailed: 1,
        .fallbackInFlight: 1,
    ])

    /// Every message has this outcome.
    package static func always(_ outcome: PlannedOutcome) -> OutcomeWeights {
        OutcomeWeights([outcome: 1])
    }

    /// Draws an outcome that a message with so many channels can have; delivered where none is possible.
    func draw(channels: Int, _ generator: inout SeededGenerator) -> PlannedOutcome {
        let possible = PlannedOutcome.allCases.filter { channels > 1 || !$0.needsFallback }
        let index = generator.index(weights: possible.map { weights[$0] ?? 0 })
        return index.map { possible[$0] } ?? .delivered
    }
}

/// What is going to become of an accepted message.
package enum PlannedOutcome: String, Sendable, CaseIterable {
    /// Delivered on the first channel.
    case delivered
    /// Failed with one of the configured codes, no further channel tried.
    case failed
    /// The provider itself cannot tell: one report with an uncertain code.
    case uncertain
    /// No report, ever.
    case inFlight = "in_flight"
    /// The first channel fails, the second delivers.
    case fallbackDelivered = "fallback_delivered"
    /// Every channel fails, one after the other.
    case fallbackFailed = "fallback_failed"
    /// The first channel fails, the second never reports.
    case fallbackInFlight = "fallback_in_flight"
    /// Refused because the account was suspended when it was sent: report code 64008.
    case suspended

    /// Whether the outcome needs a second channel.
    package var needsFallback: Bool {
        switch self {
        case .fallbackDelivered, .fallbackFailed, .fallbackInFlight: true
        case .delivered, .failed, .uncertain, .inFlight, .suspended: false
        }
    }
}

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
