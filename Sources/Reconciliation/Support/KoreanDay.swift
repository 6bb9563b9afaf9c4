/// A day in Korea: the provider counts and sanctions by it.
package struct KoreanDay: Hashable, Comparable, Strideable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01.
    package let number: Int

    private init(number: Int) {
        self.number = number
    }

    /// The day on which that time is.
    package init(_ time: Timestamp) {
        let local = time + .seconds(KoreanTime.offset)
        number = Int(local.milliseconds.flooredDivision(by: 86_400_000))
    }

    /// - Parameter text: `20260112`, as the provider writes it.
    /// - Returns: nil for anything that is not a real day.
    package init?(compact text: String) {
        let digits = text.utf8.map { Int($0) - 0x30 }
        guard digits.count == 8, digits.allSatisfy((0...9).contains) else { return nil }
        func value(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        let (year, month, day) = (value(0..<4), value(4..<6), value(6..<8))
        guard (1...12).contains(month), (1...Timestamp.days(in: month, of: year)).contains(day) else { return nil }
        number = Timestamp.daysSince1970(year, month, day)
    }

    /// Midnight, with which it begins.
    package var start: Timestamp { Timestamp(seconds: Int64(number) * 86_400 - Int64(KoreanTime.offset)) }

    /// `20260112`
    package var compact: String { description.filter { $0 != "-" } }

    /// `2026-01-12`
    package var description: String { String(start.iso8601(offset: KoreanTime.offset).prefix(10)) }

    package func distance(to other: KoreanDay) -> Int { other.number - number }

    package func advanced(by days: Int) -> KoreanDay { KoreanDay(number: number + days) }
}
