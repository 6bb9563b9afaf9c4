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
