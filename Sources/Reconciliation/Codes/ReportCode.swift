/// A report code, e.g. `10000` (delivered) or `64008` (the account has no usage permission).
package struct ReportCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// Nil for an empty text: the provider leaves `reportCode` out, or empty, while a channel is in flight.
    package init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        self.text = text
    }

    package static let delivered = ReportCode(known: "10000")

    private init(known text: String) {
        self.text = text
    }

    package var description: String { text }

    /// What the code says of the message. A code that is not in the table is a failure of class `unknown`.
    package var meaning: ReportClass {
        // Most are this one, and need not be looked for.
        self == .delivered ? .delivered : ReportCodeTable.entry(for: text)?.meaning ?? .unknown
    }

    /// The table's one-line explanation in English; nil for a code that is not in the table.
    package var gloss: String? { ReportCodeTable.entry(for: text)?.gloss }

    /// Whether the text can be a code at all: 1 to 8 ASCII letters and digits.
    package static func canBe(_ text: String) -> Bool {
        (1...8).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: false
                }
            }
    }

    /// Whether it may be shown to people: one that is not in the table is the provider's wording, and could be anything,
    /// a telephone number included.
    package var isPresentable: Bool { gloss != nil || (Self.canBe(text) && Redaction.clean(text) == text) }

    package static func < (left: ReportCode, right: ReportCode) -> Bool {
        left.text < right.text
    }
}

/// The classes of `report-codes.tsv`.
package enum ReportClass: String, CaseIterable, Sendable {
    case delivered
    case expired
    case transient
    case recipient
    case content
    case sender
    case template
    case account
    case uncertain
    case unknown
}

/// One line of the provider's code table.
package struct ReportCodeEntry: Equatable, Sendable {
    package let code: String
    package let meaning: ReportClass
    package let gloss: String
}

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
