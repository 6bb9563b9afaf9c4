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
                key = key ?? RowLocator(rowid: row.integer(0))
            } else {
                add(row, mapping)
            }
            return .more
        }
        guard times == 0 else { return }
        areTimesPending = false
        try store.connection.statement(
            """
            SELECT n.\(mapping.rowid), n.\(mapping.key), \(mapping.startColumns) FROM \(mapping.table) AS n
            WHERE \(mapping.statusIs(.sent)) OR \(mapping.statusIs(.deadLetter))
            ORDER BY n.\(mapping.rowid) DESC LIMIT \(Self.rowsLookedAt)
            """
        ).each { row in
            add(row, mapping)
            return .more
        }
    }

    private mutating func add(_ row: Statement, _ mapping: TableMapping) {
        guard row.key(1) != nil, mapping.start(row, at: 2) == nil else { return }
        let column: Int32 = mapping.time.time(row.value(2)) == nil ? 2 : 3
        let value = row.value(column)
        times += 1
        // One that could be read in another format says more than one that could not.
        guard time?.format == nil else { return }
        let format = mapping.time.format(of: value)
        guard time == nil || format != nil else { return }
        time = Time(
            row: RowLocator(rowid: row.integer(0)), shape: row.text(column).map(Self.shape) ?? "NULL", format: format)
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

extension SQLiteLedger {
    /// Walks all pending rows, so it is for people, not for cycles.
    package func unreadableExamples() throws(LedgerError) -> UnreadableExamples {
        try perform { try UnreadableExamples($0) }
    }
}
