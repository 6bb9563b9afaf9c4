package import Engine
package import Reconciliation

/// What cannot be read in the application's rows, with one example of each kind, for people.
package struct UnreadableExamples: Hashable, Sendable {
    /// Of the newest settled rows, where no pending row has such a time: the next one will have.
    static let rowsLookedAt = 1_000

    package struct Time: Hashable, Sendable {
        package let row: RowLocator
        /// `####-##-## ##:##`: how it is written, without what is written.
        package let shape: String
        /// As what it could be read; nil where that is not known.
        package let format: LedgerConfiguration.TimeFormat?
    }

    /// Times of acceptance, and those that messages are reserved for.
    package private(set) var times = 0
    package private(set) var time: Time?
    /// Whether the rows with these times are pending ones.
    package private(set) var areTimesPending = true
    /// Keys of pending rows.
    package private(set) var keys = 0
    package private(set) var key: RowLocator?

    fileprivate init(_ store: OpenDatabase) throws {
        let mapping = store.mapping
        try store.pendingRows.each { row in
            if row.holdsNoKey(1) {
                keys += 1
                key = try key ?? mapping.locator(row)
            } else {
                try add(row, mapping)
            }
            return .more
        }
        guard times == 0 else { return }
        areTimesPending = false
        try store.database.statement(
            """
            SELECT \(mapping.placeRead), \(mapping.keyRead), \(mapping.startColumns) FROM \(mapping.table) AS n
            WHERE \(mapping.statusIs(.sent)) OR \(mapping.statusIs(.deadLetter))
            ORDER BY \(mapping.place) DESC LIMIT \(Self.rowsLookedAt)
            """
        ).each { row in
            try add(row, mapping)
            return .more
        }
    }

    private mutating func add(_ row: any Row, _ mapping: TableMapping) throws {
        guard row.key(1) != nil, mapping.start(row, at: 2) == nil else { return }
        let column: Int32 = mapping.time.time(row.value(2)) == nil ? 2 : 3
        let value = row.value(column)
        times += 1
        // One that could be read in another format says more than one that could not.
        guard time?.format == nil else { return }
        let format = mapping.time.format(of: value)
        guard time == nil || format != nil else { return }
        time = try Time(
            row: mapping.locator(row), shape: row.text(column).map(Self.shape) ?? "NULL", format: format)
    }

    private static let longestShape = 40
    private static let words: Set<String> = [
        "T", "Z", "UTC", "GMT", "KST", "AM", "PM", "m", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb",
        "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Digits become `#` and letters that are no part of a time `x`: the column may be a wrong one.
    static func shape(_ text: String) -> String {
        var shape = ""
        var word = ""
        func flush() {
            shape += words.contains(word) ? word : String(repeating: "x", count: word.count)
            word = ""
        }
        for character in text.prefix(longestShape) {
            if character.isASCII, character.isLetter {
                word.append(character)
                continue
            }
            flush()
            let isMark = character.isASCII && (" "..."~").contains(character)
            shape.append(character.isNumber ? "#" : isMark ? character : "x")
        }
        flush()
        return text.count > longestShape ? shape + "…" : shape
    }
}

extension SQLLedger {
    /// Walks all pending rows, so it is for people, not for cycles.
    package func unreadableExamples() throws(LedgerError) -> UnreadableExamples {
        try perform { try UnreadableExamples($0) }
    }
}

/// The words in the status column of our newest rows where none of them is a configured one: a mapping that fits no row
/// looks like a table in which nothing is to be done.
package struct UnmappedStatuses: Hashable, Sendable {
    static let rowsLookedAt = 1_000
    private static let mostExamples = 3

    package let rows: Int
    /// The most frequent first, cleaned (`Redaction`): the column may be a wrong one.
    package let examples: [String]

    /// - Parameter words: how often each is there.
    init(_ words: [String: Int]) {
        rows = words.values.reduce(0, +)
        examples = words.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.mostExamples).map {
            Redaction.clean($0.key)
        }
    }

    /// - Parameter withKey: counts only rows that have a message key: what was not accepted yet may be in any state of
    ///   the application's own.
    /// - Returns: nil where some of the newest rows have a configured status, and where there are no rows.
    static func read(_ mapping: TableMapping, _ database: any Database, withKey: Bool = false) throws -> Self? {
        var words: [String: Int] = [:]
        var isMapped = false
        try database.statement(
            """
            SELECT \(mapping.statusNumber), \(mapping.dialect.text("n.\(mapping.status)")), n.\(mapping.key) <> '',
                \(mapping.isOurs)
            FROM \(mapping.table) AS n ORDER BY \(mapping.place) DESC LIMIT \(rowsLookedAt)
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

extension SQLLedger {
    /// - Returns: nil where some of the newest rows have a configured status, and where there are no rows.
    package func unmappedStatuses() throws(LedgerError) -> UnmappedStatuses? {
        try perform { try UnmappedStatuses.read($0.mapping, $0.database) }
    }
}

/// What stands in the column for service types, for people who wonder whose rows these are.
package enum ServiceTypes: Hashable, Sendable {
    /// All rows count as ours, and pending ones have words that are no names of the provider's services.
    case foreign([Word])
    /// None of so many newest rows is ours.
    case noneOurs(rows: Int, [Word])

    /// The most frequent first, cleaned (`Redaction`): the column may be a wrong one.
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
            Word(text: Redaction.clean($0.key), rows: $0.value)
        }
    }

    fileprivate static func isForeign(_ word: String) -> Bool {
        !word.isEmpty && !ofProvider.contains(word.uppercased())
    }
}

extension SQLLedger {
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
    private func newestRows(with condition: String) -> RowWalk {
        RowWalk(.init("\(mapping.serviceTypeText), \(condition)", of: mapping), backwards: true, on: database)
    }
}

/// A column for people's texts that cannot hold all that the provider writes, which is Korean.
package struct NarrowColumn: Hashable, Sendable {
    package let name: String
    package let characterSet: String
    /// What gives it all characters, to be run by an administrator.
    package let remedy: String

    /// Have Korean, and lack nothing but what is not said there.
    private static let wideEnough: Set<String> = ["utf8", "utf8mb3", "ucs2", "euckr"]

    fileprivate init?(_ mapping: TableMapping) {
        let column = mapping.description.columns.first { quoted(name: $0.name) == mapping.errorMessage?.name }
        guard let column, let set = column.narrowSet, !Self.wideEnough.contains(set) else { return nil }
        name = column.name
        characterSet = set
        remedy = mapping.dialect.widening(column, of: mapping.description)
    }
}

extension SQLLedger {
    /// - Returns: nil where the column for error messages holds all that it will have to, and where there is none.
    package func narrowColumn() throws(LedgerError) -> NarrowColumn? {
        try perform { NarrowColumn($0.mapping) }
    }
}

extension SQLLedger {
    /// The column that rows are found by, with its type, where their order says nothing of their age and the application
    /// settles rows, too: what it settles is not counted then. Else nil.
    package func growthlessAddress() throws(LedgerError) -> String? {
        try perform { store in
            let address = store.mapping.description.address
            guard !address.grows, !configuration.hasAllReports else { return nil }
            let column = store.mapping.description.columns.first { quoted(name: $0.name) == address.column }
            return column.map { "\($0.name) (\($0.type))" }
        }
    }
}
