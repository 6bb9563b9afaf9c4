package import Engine
internal import Reconciliation

/// The words in the status column of our newest rows where none of them is a configured one: a mapping that fits no row
/// looks like a table in which nothing is to be done.
package struct UnmappedStatuses: Hashable, Sendable {
    static let rowsLookedAt = 1_000
    private static let mostExamples = 3

    package let rows: Int
    /// The most frequent first, cleaned (`SafeText`): the column may be a wrong one.
    package let examples: [String]

    /// - Parameter words: how often each is there.
    init(_ words: [String: Int]) {
        rows = words.values.reduce(0, +)
        examples = words.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.mostExamples).map {
            SafeText.clean($0.key)
        }
    }

    /// - Parameter withKey: counts only rows that have a message key: what was not accepted yet may be in any state of
    ///   the application's own.
    /// - Returns: nil where some of the newest rows have a configured status, and where there are no rows.
    static func read(_ mapping: TableMapping, _ connection: Connection, withKey: Bool = false) throws -> Self? {
        var words: [String: Int] = [:]
        var isMapped = false
        try connection.statement(
            """
            SELECT \(mapping.statusNumber), CAST(n.\(mapping.status) AS TEXT), n.\(mapping.key) <> '',
                \(mapping.isOurs)
            FROM \(mapping.table) AS n ORDER BY n.\(mapping.rowid) DESC LIMIT \(rowsLookedAt)
            """
        ).each { row in
            guard row.flag(3) else { return .more }
            isMapped = TableMapping.status(row.integer(0)) != .other
            if row.flag(2) || !withKey { words[row.text(1) ?? "NULL", default: 0] += 1 }
            return isMapped ? .stop : .more
        }
        return isMapped || words.isEmpty ? nil : UnmappedStatuses(words)
    }
}

extension SQLiteLedger {
    /// - Returns: nil where some of the newest rows have a configured status, and where there are no rows.
    package func unmappedStatuses() throws(LedgerError) -> UnmappedStatuses? {
        try perform { try UnmappedStatuses.read($0.mapping, $0.connection) }
    }
}
