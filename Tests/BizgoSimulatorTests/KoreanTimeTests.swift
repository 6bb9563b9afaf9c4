import Testing

@testable import BizgoSimulator

@Suite("Korean time")
struct KoreanTimeTests {
    private func text(_ time: Int64, milliseconds: Bool = false) -> String {
        var bytes: [UInt8] = []
        KoreanTime.append(time, milliseconds: milliseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "Times are written with the Korean offset",
        arguments: [
            (Int64(0), "1970-01-01T09:00:00+09:00"), (1_768_183_200_000, "2026-01-12T11:00:00+09:00"),
            (1_709_218_799_000, "2024-02-29T23:59:59+09:00"), (1_709_218_800_000, "2024-03-01T00:00:00+09:00"),
            (-1000, "1970-01-01T08:59:59+09:00"), (-40_000_000_000, "1968-09-25T09:53:20+09:00"),
        ])
    func written(time: Int64, expected: String) {
        #expect(text(time) == expected)
        #expect(KoreanTime.parse(expected) == time)
    }

    @Test("Milliseconds are written where asked, and compactly in keys")
    func milliseconds() {
        #expect(text(1_768_183_200_045, milliseconds: true) == "2026-01-12T11:00:00.045+09:00")
        #expect(KoreanTime.compact(1_768_183_200_045) == "20260112110000045")
    }

    @Test("A time without offset is Korean, others are what they say")
    func offsets() {
        #expect(KoreanTime.parse("2026-01-12T11:00:00") == 1_768_183_200_000)
        #expect(KoreanTime.parse("2026-01-12T02:00:00Z") == 1_768_183_200_000)
        #expect(KoreanTime.parse("2026-01-12T02:00:00.25Z") == 1_768_183_200_250)
        #expect(KoreanTime.parse("2026-01-11T21:00:00-05:00") == 1_768_183_200_000)
    }

    @Test(
        "What is not a time is refused",
        arguments: [
            "", "2026-01-12", "2026-13-12T11:00:00", "2026-01-12T24:00:00", "2026-01-12 11:00:00",
            "2026-01-12T11:00:00+9",
            "2026-01-12T11:00:xx",
        ])
    func refused(text: String) {
        #expect(KoreanTime.parse(text) == nil)
    }

    @Test("A day begins at midnight in Korea")
    func startOfDay() {
        #expect(text(KoreanTime.startOfDay(1_768_183_200_000)) == "2026-01-12T00:00:00+09:00")
        #expect(text(KoreanTime.startOfDay(-1)) == "1970-01-01T00:00:00+09:00")
    }
}
