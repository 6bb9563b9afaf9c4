/// What a canary shows, at the end of the time in which it was to be reported delivered.
package enum CanaryVerdict: Hashable, Sendable {
    case delivered
    /// Why, in words without personal data.
    case lost(String)

    /// - Parameters:
    ///   - outcome: of its send; nil where it is not known.
    ///   - status: of its row; nil where there is none.
    ///   - entries: what the provider says when asked; nil where it was not asked, or did not answer.
    package init(_ outcome: RecipientOutcome?, status: RowStatus?, entries: [ReportEntry]?) {
        switch outcome {
        case nil: self = .lost("not known to be accepted")
        case .rejected(let why)?: self = .lost("not accepted: \(why)")
        case .accepted?:
            if status == .sent || entries?.contains(where: { $0.code == .delivered }) == true {
                self = .delivered
            } else if let code = entries?.compactMap(\.code).last {
                self = .lost("accepted, then reported \(code.text)")
            } else if status == .deadLetter {
                self = .lost("accepted, then a dead letter")
            } else {
                self = .lost("accepted, but not reported")
            }
        }
    }

    package var observation: AlertObservation {
        let identity = AlertIdentity(.canaryLost)
        return switch self {
        case .delivered: .over(identity)
        case .lost(let why): .holds(identity, detail: why)
        }
    }
}
