internal import Reconciliation

/// An alert's counts, the most frequent of a kind first, taken apart so that each language can name them.
struct Tally {
    /// Why messages became dead letters: a class or a reason, in the words of the audit.
    private(set) var reasons: [(name: String, count: Int)] = []
    /// Report codes.
    private(set) var codes: [(name: String, count: Int)] = []

    init(_ tally: [String: Int]) {
        for (name, count) in tally.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            if Self.isReason(name) {
                reasons.append((name, count))
            } else if ReportCode(name)?.isPresentable == true {
                codes.append((name, count))
            }
        }
    }

    /// `recipient 80, content 12, …`
    /// - Parameter most: how many are named.
    static func list(_ counts: [(name: String, count: Int)], most: Int, _ words: (String) -> String) -> String {
        var parts = counts.prefix(most).map { "\(words($0.name)) \(NumberText.grouped($0.count))" }
        if counts.count > most { parts.append("…") }
        return parts.joined(separator: ", ")
    }

    private static func isReason(_ key: String) -> Bool {
        ReportClass(rawValue: key) != nil || DeadLetterReason(rawValue: key) != nil
    }
}
