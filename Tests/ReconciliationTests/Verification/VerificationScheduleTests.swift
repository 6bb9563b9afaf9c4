import Reconciliation
import Testing

@Suite struct VerificationScheduleTests {
    private static let zone = Zone(secondsEastOfUTC: 9 * 3600)
    private let schedule = VerificationSchedule(every: .seconds(3600), dayAt: .seconds(16_200), zone: zone)

    /// In the zone.
    private func time(_ text: String) throws -> Timestamp {
        try #require(Timestamp(iso8601: text, defaultOffset: Self.zone.secondsEastOfUTC))
    }

    @Test func `the first look is due one interval after the beginning, and every further one after the last`() throws {
        let begun = VerificationSchedule.Progress(beganAt: try time("2026-11-29T12:00:00"))
        #expect(schedule.step(after: begun, at: try time("2026-11-29T12:59:59")) == nil)
        #expect(schedule.step(after: begun, at: try time("2026-11-29T13:00:00")) == .look)
        var looked = begun
        looked.lookedAt = try time("2026-11-29T13:10:00")
        #expect(schedule.step(after: looked, at: try time("2026-11-29T14:09:59")) == nil)
        #expect(schedule.step(after: looked, at: try time("2026-11-29T14:10:00")) == .look)
    }

    @Test func `the first day that is verified is the one that had begun at the beginning`() throws {
        let day = try #require(Self.zone.day("2026-11-29"))
        for begin in ["2026-11-29T04:30:00", "2026-11-29T12:00:00", "2026-11-30T04:29:59"] {
            let begun = VerificationSchedule.Progress(
                beganAt: try time(begin), lookedAt: try time("2026-11-30T04:00:00"))
            #expect(schedule.step(after: begun, at: try time("2026-11-30T04:29:59")) == nil)
            #expect(schedule.step(after: begun, at: try time("2026-11-30T04:30:00")) == .verify(day))
        }
    }

    @Test func `a day is verified once, and only the last of several that were missed`() throws {
        var progress = VerificationSchedule.Progress(
            beganAt: try time("2026-11-20T12:00:00"), lookedAt: try time("2026-11-30T04:20:00"),
            verifiedUntil: try time("2026-11-25T00:00:00"))
        let day = try #require(Self.zone.day("2026-11-29"))
        #expect(schedule.step(after: progress, at: try time("2026-11-30T04:30:00")) == .verify(day))
        progress.verifiedUntil = day.upperBound
        #expect(schedule.step(after: progress, at: try time("2026-11-30T04:30:00")) == nil)
    }

    @Test func `a look noted while the clock was ahead is made again`() throws {
        let ahead = VerificationSchedule.Progress(
            beganAt: try time("2026-11-29T12:00:00"), lookedAt: try time("2026-12-24T12:00:00"))
        #expect(schedule.step(after: ahead, at: try time("2026-11-29T12:01:00")) == .look)
    }

    @Test func `a day has its date in the zone, and nothing else is one`() throws {
        let day = try #require(Self.zone.day("2026-11-29"))
        #expect(day.lowerBound.iso8601() == "2026-11-28T15:00:00Z")
        #expect(Self.zone.date(day.lowerBound) == "2026-11-29")
        #expect(Self.zone.date(day.upperBound - .milliseconds(1)) == "2026-11-29")
        for text in ["2026-02-30", "2026-11-29T00:00", "29.11.2026", ""] { #expect(Self.zone.day(text) == nil) }
    }
}
