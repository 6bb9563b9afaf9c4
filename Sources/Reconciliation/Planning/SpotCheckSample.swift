/// Chooses, of the messages that a listing would settle by what it does not hold, a few to be asked about by themselves: a
/// listing that leaves out channels, or reports, must be found out before rows are given up for it.
///
/// A sample: it finds what a provider's listing lacks as a rule, not a single channel that is missing by accident.
package struct ListingCheck: Sendable {
    package struct Sample: Hashable, Sendable {
        package var message: DueMessage
        package var listed: Settlement

        /// Whether the message is found to be what the listing made of it.
        package func agrees(with found: Judgement) -> Bool {
            guard case .settle(let settlement) = found else { return false }
            return settlement.to == listed.to && settlement.reason == listed.reason && settlement.code == listed.code
        }
    }

    private static let most = 6
    private var candidates: [Sample] = []

    package init() {}

    /// A delivery is one whatever else is listed, and what waits loses nothing: neither needs a check.
    package mutating func add(_ message: DueMessage, _ judgement: Judgement) {
        guard case .settle(let settlement) = judgement, settlement.to == .deadLetter else { return }
        candidates.append(Sample(message: message, listed: settlement))
    }

    /// At most six, spread evenly over all that were added.
    package var samples: [Sample] { Self.some(of: candidates) }

    /// At most six, spread evenly.
    static func some(of candidates: [Sample]) -> [Sample] {
        let step = max(1, (candidates.count + most - 1) / most)
        return stride(from: 0, to: candidates.count, by: step).map { candidates[$0] }
    }
}

/// Messages that the status of their send would give up, held back until a few of them were asked about by themselves:
/// what the reports know of them the send's status may not hold.
package struct SendDoubts: Sendable {
    package enum Advice: Hashable, Sendable {
        case believe
        case askSingly
        /// Held back.
        case wait
    }

    /// So many are held back at most, that their memory does not grow with the backlog.
    private static let most = 1_000

    private var held: [ListingCheck.Sample] = []
    /// Nil until it is known.
    private var isBelieved: Bool?

    package init() {}

    package var isEmpty: Bool { held.isEmpty }
    package var isFull: Bool { held.count >= Self.most }

    /// What to do about a judgement by the status of the message's send.
    package mutating func advice(_ message: DueMessage, _ judgement: Judgement) -> Advice {
        guard case .settle(let settlement) = judgement, settlement.isGivenUp else { return .believe }
        if let isBelieved { return isBelieved ? .believe : .askSingly }
        held.append(ListingCheck.Sample(message: message, listed: settlement))
        return .wait
    }

    /// Those to be asked about by themselves.
    package var samples: [ListingCheck.Sample] { ListingCheck.some(of: held) }

    /// It is known: for these, and for all that come.
    /// - Returns: those held back.
    package mutating func end(believing isBelieved: Bool) -> [ListingCheck.Sample] {
        self.isBelieved = isBelieved
        defer { held = [] }
        return held
    }
}
