internal import Reconciliation

/// The value of a `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date like `Wed, 21 Oct 2015 07:28:00 GMT`.
enum RetryAfter {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let mostSeconds: Int64 = 10 * 365 * 86_400

    /// - Returns: nil for what is neither; zero for a date that has passed.
    static func pause(_ value: String, at now: Timestamp) -> Duration? {
        let words = value.split(whereSeparator: { $0 == " " || $0 == "\t" })
        if words.count == 1, let seconds = Int64(words[0]), seconds >= 0 {
            return .seconds(min(seconds, mostSeconds))
        }
        guard words.count == 6, words[5] == "GMT", words[1].count == 2, words[3].count == 4,
            let month = months.firstIndex(where: { $0 == words[2] })
        else { return nil }
        let monthNumber = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        guard let date = Timestamp(iso8601: "\(words[3])-\(monthNumber)-\(words[1])T\(words[4])", defaultOffset: 0)
        else { return nil }
        return max(date - now, .zero)
    }
}
