internal import Reconciliation

/// Counts, durations and days as the page writes them.
enum PageText {
    /// `1 message`, `2 messages`.
    static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(NumberText.grouped(number)) \(number == 1 ? one : many)"
    }

    /// `3 d 4 h`, `2 h 10 min`, `5 min`, `12 s`.
    static func duration(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case 172_800...: return "\(NumberText.grouped(Int(seconds / 86_400))) d \(seconds % 86_400 / 3600) h"
        case 3600...: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        case 60...: return "\(seconds / 60) min"
        default: return "\(seconds) s"
        }
    }

    /// `850 ms`, `12.3 s`, then as `duration`.
    static func shortDuration(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.wholeMilliseconds)
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 60_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
        return Self.duration(duration)
    }

    /// `11-23` of a day since 1970.
    static func day(_ day: Int64) -> Markup {
        let date = Timestamp(milliseconds: day * 86_400_000).iso8601().prefix(10)
        return "<time datetime=\"\(own: String(date))\">\(own: dayText(day))</time>"
    }

    static func dayText(_ day: Int64) -> String {
        String(Timestamp(milliseconds: day * 86_400_000).iso8601().prefix(10).dropFirst(5))
    }

    /// `42 %`; nil of nothing. Never rounded to all or nothing.
    static func share(_ part: Int, of whole: Int) -> Int? {
        guard whole > 0 else { return nil }
        let percent = Int((Double(part) * 100 / Double(whole)).rounded())
        if part > 0, percent == 0 { return 1 }
        return part < whole ? min(percent, 99) : percent
    }
}
