/// Whether the ledger can be read and written by the desk. The two are apart: a locked file can often be read.
struct LedgerTrouble: Hashable, Sendable {
    enum Access: Hashable, Sendable {
        case read
        case write
    }

    private var failures: [Access: Int] = [:]

    /// When to try again; nil while all is well.
    var retryAfter: Duration? {
        guard let most = failures.values.max() else { return nil }
        return min(DeliveryBackoff.delay(failures: most, retryAfter: nil, permanent: false), .seconds(60))
    }

    enum Change: Hashable, Sendable {
        case began
        case ended
    }

    /// - Returns: what is new about it, to be logged.
    mutating func note(_ access: Access, failed: Bool) -> Change? {
        let wasWell = failures.isEmpty
        failures[access] = failed ? (failures[access] ?? 0) + 1 : nil
        if failures.isEmpty == wasWell { return nil }
        return wasWell ? .began : .ended
    }
}
