/// A message that a listing would settle by what it does not hold, to be asked about by itself: a listing that leaves out
/// channels, or reports, must be found out before rows are given up for it.
///
/// A sample: it finds what a provider's listing lacks as a rule, not a single channel that is missing by accident.
package struct SpotCheckSample: Hashable, Sendable {
    private static let most = 6

    package let message: DueMessage
    package let listed: Settlement

    /// Nil for what needs no check: a delivery is one whatever else is listed, and what waits loses nothing.
    package init?(_ message: DueMessage, _ judgement: Judgement) {
        guard case .settle(let settlement) = judgement, settlement.to == .deadLetter else { return nil }
        self.message = message
        listed = settlement
    }

    /// At most six, spread evenly over the candidates.
    package static func some(of candidates: [SpotCheckSample]) -> [SpotCheckSample] {
        let step = max(1, (candidates.count + most - 1) / most)
        return stride(from: 0, to: candidates.count, by: step).map { candidates[$0] }
    }

    /// Whether the message is found to be what the listing made of it.
    package func agrees(with found: Judgement) -> Bool {
        guard case .settle(let settlement) = found else { return false }
        return settlement.to == listed.to && settlement.reason == listed.reason && settlement.code == listed.code
    }
}

/// Messages that the status of their send would give up, held back until a few of them were asked about by themselves:
/// what the reports know of them the send's status may not hold.
package struct UnverifiedSends: Sendable {
    package enum Advice: Hashable, Sendable {
        case believe
        case askSingly
        /// Held back.
        case wait
    }

    /// So many are held back at most, that their memory does not grow with the backlog.
    private static let most = 1_000

    private var held: [SpotCheckSample] = []
    /// Nil until it is known.
    private var isBelieved: Bool?

    package init() {}

    package var isEmpty: Bool { held.isEmpty }
    package var isFull: Bool { held.count >= Self.most }

    /// What to do about a judgement by the status of the message's send.
    package mutating func advice(_ message: DueMessage, _ judgement: Judgement) -> Advice {
        guard let sample = SpotCheckSample(message, judgement), sample.listed.isGivenUp else { return .believe }
        if let isBelieved { return isBelieved ? .believe : .askSingly }
        held.append(sample)
        return .wait
    }

    /// Those to be asked about by themselves.
    package var samples: [SpotCheckSample] { SpotCheckSample.some(of: held) }

    /// It is known: for these, and for all that come.
    /// - Returns: those held back.
    package mutating func end(believing isBelieved: Bool) -> [SpotCheckSample] {
        self.isBelieved = isBelieved
        defer { held = [] }
        return held
    }
}
