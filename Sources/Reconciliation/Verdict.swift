/// What all entries known for one message say together.
package enum Verdict: Equatable, Sendable {
    /// Delivered on some channel.
    case delivered(ReportEntry)
    /// Every channel tried has failed; the entry is the last failure.
    case failed(ReportEntry)
    /// No final word. `lastCode` is the uncertain code if there was one, else the last failure's.
    case inFlight(lastCode: ReportCode?)

    /// Reduces the entries. The order in which they are listed decides only between entries of equal report time.
    ///
    /// A failed entry together with an uncertain one is in flight: the uncertain channel may have delivered.
    package init(entries: [ReportEntry]) {
        if let delivered = entries.first(where: { $0.code?.meaning == .delivered }) {
            self = .delivered(delivered)
            return
        }
        let lastUncertain = Self.last(of: entries.filter { $0.code?.meaning == .uncertain })
        let failures = entries.filter { $0.code != nil && $0.code?.meaning != .uncertain }
        let lastFailure = Self.last(of: failures)
        if let lastFailure, failures.count == entries.count {
            self = .failed(lastFailure)
        } else {
            self = .inFlight(lastCode: (lastUncertain ?? lastFailure)?.code)
        }
    }

    private static func last(of entries: [ReportEntry]) -> ReportEntry? {
        entries.enumerated().max { left, right in
            let leftTime = left.element.reportedAt?.milliseconds ?? .min
            let rightTime = right.element.reportedAt?.milliseconds ?? .min
            return (leftTime, left.offset) < (rightTime, right.offset)
        }?.element
    }
}
