@testable import Ledger
import Reconciliation
import Testing

/// What is written to a column of a database's own type of times.
@Suite struct TimeColumnTests {
    private static let time = Timestamp(milliseconds: 1_795_962_561_987)  // 2026-11-29T14:29:21.987Z

    @Test(
        "the column's digits, cut off and at most milliseconds, in the configured offset",
        arguments: [
            (0, false, 9, "2026-11-29 23:29:21"),
            (1, false, 9, "2026-11-29 23:29:21.9"),
            (3, false, 9, "2026-11-29 23:29:21.987"),
            (6, false, 9, "2026-11-29 23:29:21.987"),
            (6, true, 9, "2026-11-29 23:29:21.987+09:00"),
            (0, true, 0, "2026-11-29 14:29:21+00:00"),
            (3, false, -5, "2026-11-29 09:29:21.987"),
        ])
    func digits(decimals: Int, hasOffset: Bool, hours: Int, expected: String) {
        let codec = TimeCodec(
            format: .iso8601, utcOffset: hours * 3600, column: .time(decimals: decimals, hasOffset: hasOffset))
        #expect(codec.value(Self.time, before: .null, acceptedAt: .null) == .text(expected))
    }

    @Test(
        "whatever the row held before, and whatever format is configured",
        arguments: LedgerConfiguration.TimeFormat.allCases)
    func before(format: LedgerConfiguration.TimeFormat) {
        let codec = TimeCodec(format: format, utcOffset: 0, column: .time(decimals: 3, hasOffset: false))
        for before in [SQLValue.null, .text("2026-11-29T14:00:00Z"), .integer(1_795_962_561)] {
            #expect(codec.value(Self.time, before: before, acceptedAt: before) == .text("2026-11-29 14:29:21.987"))
        }
    }

    @Test("what is written is read as the same time")
    func reading() {
        for hasOffset in [true, false] {
            let codec = TimeCodec(
                format: .iso8601, utcOffset: 9 * 3600, column: .time(decimals: 6, hasOffset: hasOffset))
            #expect(codec.time(codec.value(Self.time, before: .null, acceptedAt: .null)) == Self.time)
        }
    }
}
