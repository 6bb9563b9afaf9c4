/// What became of a message, as a share of failures counts it.
package enum MessageOutcome: Hashable, Sendable {
    case delivered
    /// For a cause of that class.
    case failed(ReportClass)
    /// Nobody knows.
    case givenUp

    /// Of a settlement that takes effect; nil where the message was one before and is only told more precisely. A dead letter
    /// that turns out to be delivered is settled once more.
    package init?(_ settlement: Settlement) {
        switch (settlement.from, settlement.to, settlement.reason) {
        case (_, .sent, _): self = .delivered
        case (.pending, .deadLetter, .reported): self.init(failureWith: settlement.code)
        case (.pending, .deadLetter, _): self = .givenUp
        default: return nil
        }
    }

    /// Of a row that the application has settled; nil where it has not.
    /// - Parameter code: the row's.
    package init?(_ status: RowStatus, _ code: ReportCode?) {
        switch status {
        case .sent: self = .delivered
        case .deadLetter: self.init(failureWith: code)
        case .pending, .other: return nil
        }
    }

    /// A code that says nothing of a failure, or none, leaves its cause unknown.
    private init(failureWith code: ReportCode?) {
        let meaning = code?.meaning ?? .unknown
        self = .failed(meaning == .delivered ? .unknown : meaning)
    }
}

extension ReportClass {
    /// Those of failures.
    package static let failures = allCases.filter { $0 != .delivered }
}

/// Settled messages, counted by what became of them.
package struct OutcomeCounts: Hashable, Sendable {
    /// All of them.
    package private(set) var settled = 0
    package private(set) var failures: [ReportClass: Int] = [:]

    package init() {}

    package mutating func add(_ outcome: MessageOutcome, _ count: Int = 1) {
        settled += count
        if case .failed(let meaning) = outcome { failures[meaning, default: 0] += count }
    }

    package mutating func add(_ other: OutcomeCounts) {
        settled += other.settled
        failures.merge(other.failures, uniquingKeysWith: +)
    }
}
