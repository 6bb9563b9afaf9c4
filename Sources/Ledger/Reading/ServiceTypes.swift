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
            guard let column = store.mapping.serviceType else { return nil }
            return store.mapping.serviceTypes == nil
                ? try store.foreignServiceTypes("n.\(column)") : try store.missingServiceTypes("n.\(column)")
        }
    }
}

extension OpenDatabase {
    /// In pending rows; where only a walk finds those, in the pending ones of the newest rows.
    fileprivate func foreignServiceTypes(_ column: String) throws -> ServiceTypes? {
        let isPending = mapping.statusIs(.pending)
        let rows =
            plan == .tableWalk
            ? "SELECT \(column) AS word, \(isPending) AS counts FROM \(mapping.table) AS n ORDER BY n.\(mapping.rowid) DESC"
            : "SELECT \(column) AS word, 1 AS counts FROM \(mapping.table) AS n WHERE \(isPending)"
        var words: [String: Int] = [:]
        try connection.statement(
            """
            SELECT CAST(word AS TEXT), count(*) FROM (\(rows) LIMIT \(ServiceTypes.rowsLookedAt))
            WHERE counts AND word IS NOT NULL GROUP BY 1
            """
        ).each { row in
            if let word = row.text(0), ServiceTypes.isForeign(word) { words[word] = row.count(1) }
            return .more
        }
        return words.isEmpty ? nil : .foreign(ServiceTypes.examples(of: words))
    }

    fileprivate func missingServiceTypes(_ column: String) throws -> ServiceTypes? {
        var words: [String: Int] = [:]
        var rows = 0
        let isNoneOurs = try connection.statement(
            """
            SELECT CAST(\(column) AS TEXT), \(mapping.isOurs) FROM \(mapping.table) AS n
            ORDER BY n.\(mapping.rowid) DESC LIMIT \(ServiceTypes.rowsLookedAt)
            """
        ).each { row in
            guard !row.flag(1) else { return .stop }
            rows += 1
            words[row.text(0) ?? "NULL", default: 0] += 1
            return .more
        }
        return isNoneOurs && rows > 0 ? .noneOurs(rows: rows, ServiceTypes.examples(of: words)) : nil
    }
}
