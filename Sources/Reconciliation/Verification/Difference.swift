/// What a row says of a message, and the provider does not.
package struct Difference: Hashable, Sendable {
    /// The words are those of `verify --json`, metrics and the reconciler's own table.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// The row says `SENT`; every channel has failed.
        case falseSent = "false_sent"
        /// The provider delivered it, or failed to, and there is no row.
        case missingRow = "missing_row"
        /// The row said `DEAD_LETTER`; it was delivered, and the row says so now.
        case healed
    }

    package var kind: Kind
    package var key: MessageKey
    /// As it was found; nil where there is no row.
    package var rowStatus: RowStatus?
    /// What the provider reports.
    package var code: ReportCode?
    /// By the row or, without one, by the provider.
    package var acceptedAt: Timestamp?

    package init(
        _ kind: Kind, _ key: MessageKey, rowStatus: RowStatus?, code: ReportCode?, acceptedAt: Timestamp?
    ) {
        self.kind = kind
        self.key = key
        self.rowStatus = rowStatus
        self.code = code
        self.acceptedAt = acceptedAt
    }
}

/// What a listing of the provider's says of one message, held against its row.
///
/// A listing is evidence for what it says: a delivery is one. A failure is none of other channels, and a missing row may
/// only be late: these are suspicions, until the provider is asked about the message by itself.
package enum Comparison: Hashable, Sendable {
    case agrees
    /// Nothing to say yet: young, in flight, or the reconciler's to settle.
    case open
    /// Somebody else's: another channel's row, or a message of a service type that is not ours.
    case foreign
    /// A dead letter that was delivered.
    case delivered
    case suspicion(Difference)

    /// - Parameters:
    ///   - entries: all that the listing says of it; not empty.
    ///   - row: nil where there is none.
    ///   - serviceTypes: ours; nil: all are.
    ///   - cutoff: what was sent later is young.
    package init(
        _ key: MessageKey, _ entries: [ReportEntry], row: DueMessage?, serviceTypes: Set<String>?,
        before cutoff: Timestamp
    ) {
        let requestedAt = entries.compactMap(\.requestedAt).min()
        let verdict = Verdict(entries: entries)
        guard (row?.acceptedAt ?? requestedAt).map({ $0 < cutoff }) ?? true else { self = .open; return }
        switch (row?.status, verdict) {
        case (.other?, _): self = .foreign
        case (.pending?, _), (_, .inFlight): self = .open
        case (.sent?, .delivered), (.deadLetter?, .failed): self = .agrees
        case (.deadLetter?, .delivered): self = .delivered
        case (.sent?, .failed(let entry)):
            self = .suspicion(
                Difference(.falseSent, key, rowStatus: .sent, code: entry.code, acceptedAt: row?.acceptedAt))
        case (nil, .delivered(let entry)), (nil, .failed(let entry)):
            let isOurs =
                serviceTypes.map { ours in entries.contains { $0.serviceType.map(ours.contains) ?? false } } ?? true
            self =
                isOurs
                ? .suspicion(
                    Difference(.missingRow, key, rowStatus: nil, code: entry.code, acceptedAt: requestedAt))
                : .foreign
        }
    }
}

extension Difference {
    /// Whether the provider, asked about the message by itself, says the same.
    package func isConfirmed(by entries: [ReportEntry]) -> Bool {
        switch (kind, Verdict(entries: entries)) {
        case (.falseSent, .failed), (.missingRow, .failed), (.missingRow, .delivered): true
        default: false
        }
    }
}
