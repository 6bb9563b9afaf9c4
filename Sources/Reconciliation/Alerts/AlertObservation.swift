extension AlertObservation {
    /// What a batch of decisions that took effect means for alerts: settlements, in the order in which they were made.
    ///
    /// `DeadLetters` counts what the provider reported, `StaleMessages` what was given up. A dead letter that is
    /// only told more precisely (it was one before) is counted again by neither.
    /// - Parameters:
    ///   - refusals: heard of messages that are still open.
    ///   - now: when it is learnt: stands for a report's time where there is none.
    package static func of(
        _ settlements: [Settlement], refusals: [ReportEntry] = [], at now: Timestamp
    ) -> [AlertObservation] {
        var reported = AlertOccurrence()
        var givenUp = AlertOccurrence()
        var late = AlertOccurrence()
        var inOrder: [AlertObservation] = []
        for (key, refusals) in Dictionary(grouping: refusals, by: \.key).sorted(by: { $0.key < $1.key }) {
            inOrder.appendRefusals(refusals, of: key, at: now)
        }
        for settlement in settlements {
            switch (settlement.to, settlement.reason) {
            case (.sent, _):
                if settlement.isLate { late.add(settlement.key) }
                // A fallback that got through says nothing of the account that was refused.
                if settlement.refusals.isEmpty { inOrder.appendDelivery(settlement.reportedAt ?? now) }
                inOrder.appendRefusals(settlement.newRefusals, of: settlement.key, at: now)
            case (.deadLetter, .reported):
                guard let code = settlement.code else { continue }
                if settlement.from == .pending { reported.add(settlement.key, [code.meaning.rawValue, code.text]) }
                inOrder.appendRefusals(settlement.newRefusals, of: settlement.key, at: now)
            case (.deadLetter, let reason?):
                givenUp.add(settlement.key, [reason.rawValue])
                inOrder.appendRefusals(settlement.newRefusals, of: settlement.key, at: now)
            default:
                continue
            }
        }
        return inOrder
            + [
                .occurred(.deadLetters, reported), .occurred(.staleMessages, givenUp), .occurred(.lateReports, late),
            ].filter(\.isNotEmpty)
    }

    private var isNotEmpty: Bool {
        if case .occurred(_, let occurrence) = self { occurrence.count > 0 } else { true }
    }
}

extension ReportClass {
    /// The alert for a class that refuses more than one message.
    var refusal: AlertName? {
        switch self {
        case .account: .accountRefused
        case .sender: .senderRefused
        default: nil
        }
    }
}

extension AlertOccurrence {
    fileprivate mutating func add(_ key: MessageKey, _ tallied: [String] = []) {
        count += 1
        if examples.count < Alert.maximumExamples { examples.append(key) }
        for name in tallied { tally[name, default: 0] += 1 }
    }
}

extension [AlertObservation] {
    /// Deliveries in a row are one observation: the latest report decides.
    fileprivate mutating func appendDelivery(_ reportedAt: Timestamp) {
        if case .delivered(let before)? = last {
            self[endIndex - 1] = .delivered(reportedAt: Swift.max(before, reportedAt))
        } else {
            append(.delivered(reportedAt: reportedAt))
        }
    }

    /// One for each code: a message counts once for each.
    fileprivate mutating func appendRefusals(_ refusals: [ReportEntry], of key: MessageKey, at now: Timestamp) {
        var seen: Set<ReportCode> = []
        for entry in refusals {
            guard let code = entry.code, let name = code.meaning.refusal, seen.insert(code).inserted else { continue }
            appendRefusal(name, code, key, entry.reportedAt ?? now)
        }
    }

    /// Refusals with one code in a row are one observation.
    fileprivate mutating func appendRefusal(
        _ name: AlertName, _ code: ReportCode, _ key: MessageKey, _ reportedAt: Timestamp
    ) {
        if case .refused(name, code, var occurrence, let before)? = last {
            occurrence.add(key)
            self[endIndex - 1] = .refused(name, code, occurrence, reportedAt: Swift.max(before, reportedAt))
        } else {
            var occurrence = AlertOccurrence()
            occurrence.add(key)
            append(.refused(name, code, occurrence, reportedAt: reportedAt))
        }
    }
}
