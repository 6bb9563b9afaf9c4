/// Which times of acceptance are meant: from one on, and before another.
package struct AcceptanceSpan: Hashable, Sendable {
    /// Included; nil for no beginning.
    package var since: Timestamp?
    /// Not included; nil for no end.
    package var until: Timestamp?

    /// Any time.
    package static let always = AcceptanceSpan()

    package init(since: Timestamp? = nil, until: Timestamp? = nil) {
        self.since = since
        self.until = until
    }

    /// - Parameter acceptedAt: nil for one that cannot be read, which only `always` holds.
    package func contains(_ acceptedAt: Timestamp?) -> Bool {
        guard let acceptedAt else { return self == .always }
        return since.map { $0 <= acceptedAt } != false && until.map { acceptedAt < $0 } != false
    }
}
