// What verification means for alerts.

extension DeliveryHistory {
    /// `DeliveryCollapse`: `4% of 300 < 92%`, which is usual.
    package var observation: AlertObservation {
        let identity = AlertIdentity(.deliveryCollapse)
        guard let collapse else { return .over(identity) }
        let share = CountedShare(collapse.delivered, of: collapse.of).share
        return .holds(
            identity,
            detail: "\(Self.percent(share)) of \(NumberText.grouped(collapse.of)) < \(Self.percent(collapse.usual))",
            cause: collapse.kind == .silence ? .silence : nil)
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded(.down)))%" }
}

extension SenderKey {
    /// Of `SenderBlocked`.
    package var identity: AlertIdentity { AlertIdentity(.senderBlocked, labels: ["sender": text]) }
}

extension SenderState {
    /// `SenderBlocked`: `@name: dormant`. A warning for spam stops nothing yet.
    package func observation(of key: SenderKey) -> AlertObservation {
        guard let trouble, trouble != .warned else { return .over(key.identity) }
        let words = [profile?.uuid ?? key.description, trouble.rawValue]
        return .holds(key.identity, detail: words.joined(separator: ": "))
    }
}

extension [Difference] {
    /// `FalseSent` and `MissingRows`. What was healed is told as a late report.
    /// - Parameter known: those of which people were told before.
    package func observations(known: Set<Difference>) -> [AlertObservation] {
        [(Difference.Kind.falseSent, AlertName.falseSent), (.missingRow, .missingRows)].compactMap { kind, name in
            let some = filter { $0.kind == kind }
            let new = some.filter { !known.contains($0) }
            guard !new.isEmpty else { return some.isEmpty ? nil : .persists(name) }
            var occurrence = AlertOccurrence(
                count: new.count, examples: new.prefix(Alert.maximumExamples).map(\.key))
            for code in new.compactMap(\.code) where code != .delivered { occurrence.tally[code.text, default: 0] += 1 }
            return .occurred(name, occurrence)
        }
    }
}
