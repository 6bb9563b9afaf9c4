internal import Reconciliation

/// An alert's counts as words: the most frequent of a kind first, some left out.
struct Tally {
    /// `recipient 80, content 12`
    let reasons: String
    /// `23001 (number has no subscriber) 50, 23003 (…) 30`
    let codes: String

    /// - Parameter most: how many of a kind.
    init(_ tally: [String: Int], most: Int) {
        let sorted = tally.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        reasons = Self.list(sorted.filter { Self.isReason($0.key) }, most) { $0 }
        codes = Self.list(sorted.filter { !Self.isReason($0.key) && Self.isPresentable($0.key) }, most, Self.explained)
    }

    /// `64008 (account has no usage permission)`
    static func explained(_ code: String) -> String {
        guard let gloss = ReportCode(code)?.gloss else { return code }
        return "\(code) (\(gloss))"
    }

    private static func list(
        _ counts: [(key: String, value: Int)], _ most: Int, _ words: (String) -> String
    ) -> String {
        var parts = counts.prefix(most).map { "\(words($0.key)) \($0.value)" }
        if counts.count > most { parts.append("…") }
        return parts.joined(separator: ", ")
    }

    private static func isReason(_ key: String) -> Bool {
        ReportClass(rawValue: key) != nil || DeadLetterReason(rawValue: key) != nil
    }

    /// A code that is not in the table is the provider's wording and could be anything, a telephone number included.
    private static func isPresentable(_ code: String) -> Bool {
        ReportCode(code)?.gloss != nil
            || (code.utf8.count <= 6
                && code.utf8.allSatisfy { $0 < 0x80 && Character(Unicode.Scalar($0)).isAlphanumeric })
    }
}

extension Character {
    fileprivate var isAlphanumeric: Bool { isLetter || isNumber }
}
