import Reconciliation
import Testing

@testable import BizgoAPI

struct TokenExpiryTests {
    /// 2026-01-12T11:00:00+09:00.
    private let now = Timestamp(seconds: 1_768_183_200)

    @Test(
        "Every form is read",
        arguments: [
            ("2026-01-12T21:00:00+09:00", 36_000), ("2026-01-12T12:00:00Z", 36_000),
            ("2026-01-12T21:00:00.250", 36_000),
            ("2026-01-12 21:00:00", 36_000), ("20260112210000", 36_000), ("1768219200", 36_000),
            ("1768219200000", 36_000),
            ("20260112T210000", 36_000),
        ])
    func everyFormIsRead(text: String, seconds: Int64) throws {
        let end = try #require(TokenExpiry.time(text))
        #expect((end - now).components.seconds == seconds)
        #expect(TokenExpiry.useful(text, at: now) >= .seconds(seconds - 300))
        #expect(TokenExpiry.useful(text, at: now) <= .seconds(seconds - 299))
    }

    @Test(
        "What cannot be read counts as a day",
        arguments: [
            nil, "", "tomorrow", "86400", "20261312210000", "20260230000000", "176821920", "17682192000000000",
            "-1768219200",
            "1768219200.5", "2026-01-12", "٢٠٢٦٠١١٢٢١٠٠٠٠",
        ])
    func whatCannotBeReadCountsAsADay(text: String?) {
        #expect(text.flatMap(TokenExpiry.time) == nil)
        #expect(TokenExpiry.useful(text, at: now) == .seconds(24 * 3600 - 300))
    }

    @Test("What would make the next request for a token due at once is not believed", arguments: [-86_400, -1, 0, 59])
    func tooShort(seconds: Int64) {
        let text = String(1_768_183_200 + seconds)
        #expect(TokenExpiry.useful(text, at: now) == .seconds(24 * 3600 - 300))
    }

    @Test("A short life has a short margin and none is longer than a day")
    func aShortLifeHasAShortMarginAndNoneIsLongerThanADay() {
        #expect(TokenExpiry.useful(String(1_768_183_200 + 60), at: now) == .seconds(54))
        #expect(TokenExpiry.useful(String(1_768_183_200 + 600), at: now) == .seconds(540))
        #expect(TokenExpiry.useful("2036-01-01T00:00:00Z", at: now) == .seconds(24 * 3600 - 300))
    }
}
