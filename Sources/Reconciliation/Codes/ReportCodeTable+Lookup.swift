extension ReportCodeTable {
    /// Nil for a code that is not in the table.
    package static func entry(for code: String) -> ReportCodeEntry? {
        entries[code]
    }

    /// Every entry by its code.
    package static let entries: [String: ReportCodeEntry] = {
        var table: [String: ReportCodeEntry] = [:]
        for line in lines.split(separator: "\n") {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard columns.count == 3, let meaning = ReportClass(rawValue: String(columns[1])) else {
                preconditionFailure("report-codes.tsv: a line is not code, known class, gloss: \(line)")
            }
            let code = String(columns[0])
            table[code] = ReportCodeEntry(code: code, meaning: meaning, gloss: String(columns[2]))
        }
        return table
    }()
}
