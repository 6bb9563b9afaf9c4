/// Durations as people write them in the configuration and read them in messages: `"500ms"`, `"72h"`, `"7d"`.
///
/// A text is a non-negative decimal integer followed by one unit: `ms`, `s`, `m`, `h` or `d` (24 h). No sign, no
/// fraction, no space, no second unit.
package enum DurationText {
    /// The longest duration accepted, 100 years of 365 days: everything below fits an `Int64` of nanoseconds.
    package static let longest = Duration.seconds(36_500 * 86_400)

    /// The duration that `text` says.
    package static func parse(_ text: String) throws(DurationTextError) -> Duration {
        let digits = text.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard !digits.isEmpty, let unit = Unit(rawValue: String(text.utf8.dropFirst(digits.count)) ?? "") else {
            throw .malformed
        }
        // Only digits are left: what does not fit is too long, not malformed.
        guard let count = Int64(String(digits) ?? "") else { throw .tooLong }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow, milliseconds <= longest.components.seconds * 1000 else { throw .tooLong }
        return .milliseconds(milliseconds)
    }

    /// The shortest text for `duration`, in whole milliseconds (the rest is cut off): its largest unit that divides
    /// evenly, but days only from 7 d on, so that an operator's `"72h"` reads `72h` again. `parse` reads it back to
    /// the same duration (negative ones, which only `format` knows, aside).
    package static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        guard milliseconds != 0 else { return "0s" }
        for unit in Unit.allCases where milliseconds % unit.milliseconds == 0 {
            let count = milliseconds / unit.milliseconds
            if unit != .days || abs(count) >= 7 { return "\(count)\(unit.rawValue)" }
        }
        return "\(milliseconds)ms"
    }

    /// Largest first.
    private enum Unit: String, CaseIterable {
        case days = "d"
        case hours = "h"
        case minutes = "m"
        case seconds = "s"
        case milliseconds = "ms"

        var milliseconds: Int64 {
            switch self {
            case .days: 86_400_000
            case .hours: 3_600_000
            case .minutes: 60_000
            case .seconds: 1000
            case .milliseconds: 1
            }
        }
    }
}

/// Why a text is not a duration; `description` says what to write instead.
package enum DurationTextError: Error, Equatable, CustomStringConvertible {
    case malformed
    case tooLong

    package var description: String {
        switch self {
        case .malformed: "expected a duration such as \"500ms\", \"30s\", \"10m\", \"72h\" or \"7d\""
        case .tooLong: "expected a duration of at most \"36500d\""
        }
    }
}

/// Numbers as people read them.
package enum NumberText {
    /// `1,234,567`
    package static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number.magnitude).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }
}
