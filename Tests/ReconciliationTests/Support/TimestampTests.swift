import FoundationEssentials
import Reconciliation
import Testing

@Suite struct TimestampTests {
    private let seoul = 9 * 3600

    @Test(
        "reads the shapes databases write",
        arguments: [
            ("2026-01-12T11:00:00+09:00", 1_768_183_200_000), ("2026-01-12T02:00:00Z", 1_768_183_200_000),
            ("2026-01-12 11:00:00", 1_768_183_200_000), ("2026-01-12T11:00:00.123456", 1_768_183_200_123),
            ("2026-01-12T11:00:00.5+09:00", 1_768_183_200_500), ("2026-01-12 11:00", 1_768_183_200_000),
            ("20260112T110000", 1_768_183_200_000), ("2026-01-12T11:00:00+0900", 1_768_183_200_000),
            ("2026-01-12T11:00:00+09", 1_768_183_200_000), ("2026-01-11T21:00:00-05:00", 1_768_183_200_000),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("1969-12-31T23:59:59Z", -1000),
            ("1970-01-01T09:00:00", 0),
        ] as [(String, Int64)])
    func reads(text: String, milliseconds: Int64) {
        #expect(Timestamp(iso8601: text, defaultOffset: seoul)?.milliseconds == milliseconds)
    }

    @Test(
        "refuses what is no time",
        arguments: [
            "", "soon", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-12", "2026-01-12T24:00:00",
            "2026-01-12T11:60:00", "2026-01-12T11:00:00+9", "2026-01-12T11:00:00 KST", "2026-01-12T11:00:00.",
            "26-01-12T11:00:00", "2026-01-12T11:00:00+99:00", "٢٠٢٦-01-12T11:00:00",
        ])
    func refuses(text: String) {
        #expect(Timestamp(iso8601: text, defaultOffset: seoul) == nil)
    }

    @Test("writes what it reads, on days of eight hundred years")
    func roundTrip() {
        for day in stride(from: Int64(-146_000), through: 146_000, by: 11) {
            let time = Timestamp(milliseconds: day * 86_400_000 + 12_345_678)
            let text = time.iso8601(offset: seoul, withMilliseconds: true)
            #expect(Timestamp(iso8601: text, defaultOffset: 0) == time, "\(text)")
        }
    }

    @Test("writes the offset it is given")
    func writes() {
        let time = Timestamp(milliseconds: 1_768_183_200_505)
        #expect(time.iso8601() == "2026-01-12T02:00:00Z")
        #expect(time.iso8601(withMilliseconds: true) == "2026-01-12T02:00:00.505Z")
        #expect(time.iso8601(offset: seoul) == "2026-01-12T11:00:00+09:00")
        #expect(time.iso8601(offset: -12_600) == "2026-01-11T22:30:00-03:30")
    }

    @Test("for people: in their zone, whose offset is written behind it")
    func zone() {
        let time = Timestamp(milliseconds: 1_768_183_200_505)
        let korea = Zone(secondsEastOfUTC: seoul)
        #expect(korea.minute(time) == "2026-01-12 11:00 +09:00")
        #expect(korea.second(time) == "2026-01-12 11:00:00 +09:00")
        #expect(korea.millisecond(time) == "2026-01-12 11:00:00.505 +09:00")
        #expect(Zone.utc.second(time) == "2026-01-12 02:00:00 +00:00")
        #expect(Zone(secondsEastOfUTC: -12_600).second(time) == "2026-01-11 22:30:00 -03:30")
    }

    @Test("agrees with the toolchain's calendar")
    func agrees() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for step in 0..<2000 as Range<Int64> {
            let seconds = step * 3_999_999
            let date = Date(timeIntervalSince1970: Double(seconds))
            #expect(Timestamp(seconds: seconds).iso8601(withMilliseconds: true) == date.formatted(style))
        }
    }
}
