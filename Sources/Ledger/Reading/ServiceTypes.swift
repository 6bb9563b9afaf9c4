package import Engine
internal import Reconciliation

/// What stands in the column for service types, for people who wonder whose rows these are.
package enum ServiceTypes: Hashable, Sendable {
    /// All rows count as ours, and pending ones have words that are no names of the provider's services.
    case foreign([Word])
    /// None of so many newest rows is ours.
    case noneOurs(rows: Int, [Word])

    /// The most frequent first, cleaned (`SafeText`): the column may be a wrong one.
    package struct Word: Hashable, Sendable {
        package let text: String
        package let rows: Int
    }

    static let rowsLookedAt = 100_000
    private static let mostExamples = 5
    /// Of the provider's reports, and of what it calls the same elsewhere.
    private static let ofProvider: Set<String> = [
        "ALIMTALK", "BRANDMESSAGE", "FRIENDTALK", "INTERNATIONAL", "LMS", "MMS", "RCS", "SMS",
    ]

    /// - Parameter words: how often each is there.
    fileprivate static func examples(of words: [String: Int]) -> [Word] {
        words.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(mostExamples).map {
            Word(text: SafeText.clean($0.key), rows: $0.value)
        }
    }

    fileprivate static func isForeign(_ word: String) -> Bool {
        !word.isEmpty && !ofProvider.contains(word.uppercased())
    }
}

extension SQLiteLedger {
    /// - Returns: nil where there is nothing to wonder about.
    package func serviceTypes() throws(LedgerError) -> ServiceTypes? {
        try perform { store in
            guard store.mapping.serviceType != nil else { return nil }
            return store.mapping.serviceTypes == nil
                ? try store.foreignServiceTypes() : try store.missingServiceTypes()
        }
    }
}

extension OpenDatabase {
    /// In pending rows; where only a walk finds those, in the pending ones of the newest rows.
    fileprivate func foreignServiceTypes() throws -> ServiceTypes? {
        var words: [String: Int] = [:]
        func count(_ word: String?) {
            if let word, ServiceTypes.isForeign(word) { words[word, default: 0] += 1 }
        }
        if plan == .tableWalk {
            try newestRows(with: mapping.statusIs(.pending)).each(atMost: ServiceTypes.rowsLookedAt) { row in
                if row.flag(2) { count(row.text(1)) }
                return .more
            }
        } else {
            try pendingRows.each(atMost: ServiceTypes.rowsLookedAt) { row in
                count(row.text(4))
                return .more
            }
        }
        return words.isEmpty ? nil : .foreign(ServiceTypes.examples(of: words))
    }

    fileprivate func missingServiceTypes() throws -> ServiceTypes? {
        var words: [String: Int] = [:]
        var rows = 0
        var isOneOurs = false
        try newestRows(with: mapping.isOurs).each(atMost: ServiceTypes.rowsLookedAt) { row in
            isOneOurs = row.flag(2)
            guard !isOneOurs else { return .stop }
            rows += 1
            words[row.text(1) ?? "NULL", default: 0] += 1
            return .more
        }
        return !isOneOurs && rows > 0 ? .noneOurs(rows: rows, ServiceTypes.examples(of: words)) : nil
    }

    /// The rows' numbers, their service types, and whether a condition holds for them.
    private func newestRows(with condition: String) throws -> RowWalk {
        try RowWalk(
            """
            SELECT n.\(mapping.rowid), \(mapping.serviceTypeText), \(condition) FROM \(mapping.table) AS n
            WHERE n.\(mapping.rowid) >= ?1 AND n.\(mapping.rowid) <= ?2 ORDER BY n.\(mapping.rowid) DESC LIMIT ?3
            """, mapping, walksTable: false, backwards: true, on: connection)
    }
}
