import Reconciliation
import Testing

@Suite struct KoreanDayTests {
    private func day(_ moment: String) -> String? {
        Timestamp(iso8601: moment, defaultOffset: 0).map { KoreanDay($0).description }
    }

    @Test(
        "A day begins and ends at midnight in Korea",
        arguments: [
            ("2026-01-12T15:00:00Z", "2026-01-13"), ("2026-01-12T14:59:59.999Z", "2026-01-12"),
            ("2025-12-31T23:30:00+09:00", "2025-12-31"), ("1969-12-31T14:00:00Z", "1969-12-31"),
            ("1969-12-31T15:00:00Z", "1970-01-01"),
        ])
    func aDayBeginsAndEndsAtMidnightInKorea(moment: String, expected: String) {
        #expect(day(moment) == expected)
    }

    @Test func `it is read and written as the provider writes it`() throws {
        let day = try #require(KoreanDay(compact: "20280229"))
        #expect(day.compact == "20280229")
        #expect(day.description == "2028-02-29")
        #expect(KoreanDay(day.start) == day)
        #expect(day.start == Timestamp(iso8601: "2028-02-29T00:00:00+09:00", defaultOffset: 0))
    }

    @Test(
        "What is no day is none",
        arguments: [
            "", "2026011", "202601123", "2026-01-12", "20260229", "20261301", "20260100", "2026011２", " 2026011",
        ])
    func whatIsNoDayIsNone(text: String) {
        #expect(KoreanDay(compact: text) == nil)
    }

    @Test func `days can be counted over the end of a year`() throws {
        let last = try #require(KoreanDay(compact: "20251231"))
        #expect((last...last.advanced(by: 2)).map(\.compact) == ["20251231", "20260101", "20260102"])
        #expect(last < last.advanced(by: 1))
    }
}
