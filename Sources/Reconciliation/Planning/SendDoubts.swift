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
