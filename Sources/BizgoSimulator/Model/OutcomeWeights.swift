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
