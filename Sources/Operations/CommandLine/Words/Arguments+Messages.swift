package import Reconciliation

// Which messages are meant.
extension Arguments {
    private static let defaultLimit = 50
    private static let limits = 1...1_000_000

    /// - Throws: exit 64 for a status that no message has.
    package func status() throws(CommandFailure) -> RowStatus? {
        guard let word = self[.status]?.lowercased() else { return nil }
        guard let status = RowStatus(rawValue: word), status != .other else {
            throw CommandFailure(
                .usage, "\(command.rawValue): unknown status `\(word)`; it is pending, sent or dead_letter")
        }
        return status
    }

    /// - Throws: exit 64 for a reason that no dead letter has.
    package func reason() throws(CommandFailure) -> DeadLetterReason? {
        guard let text = self[.reason] else { return nil }
        guard let reason = DeadLetterReason(rawValue: text) else {
            let known = DeadLetterReason.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.usage, "\(command.rawValue): unknown reason `\(text)`; it is one of \(known)")
        }
        return reason
    }

    /// How many at most.
    /// - Throws: exit 64 for what is no such number.
    package func limit() throws(CommandFailure) -> Int {
        guard let text = self[.limit] else { return Self.defaultLimit }
        guard let limit = Int(text), Self.limits.contains(limit) else {
            throw CommandFailure(
                .usage,
                "\(command.rawValue): --limit wants a number from \(Self.limits.lowerBound) to"
                    + " \(Self.limits.upperBound), not `\(text)`")
        }
        return limit
    }
}
