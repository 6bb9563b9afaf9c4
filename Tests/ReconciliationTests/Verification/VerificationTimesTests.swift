import Reconciliation
import Testing

/// When it is time, by whatever clock and in whatever zone.
@Suite struct VerificationTimesTests {
    private static let korea = Zone(secondsEastOfUTC: 9 * 3600)
    private static let fourThirty = Duration.seconds(4 * 3600 + 30 * 60)
    /// 2026-11-30, midnight in Korea.
    private static let midnight = Timestamp(iso8601: "2026-11-30T00:00:00+09:00", defaultOffset: 0)!
    private static let yesterday = midnight - .seconds(86_400)..<midnight

    private func schedule(
        every: Duration = .seconds(3600), at dayAt: Duration = fourThirty, in zone: Zone = korea
    ) -> VerificationSchedule {
        VerificationSchedule(every: every, dayAt: dayAt, zone: zone)
    }

    private func progress(lookedAt: Timestamp, until: Timestamp = midnight) -> VerificationSchedule.Progress {
        VerificationSchedule.Progress(beganAt: Self.midnight, lookedAt: lookedAt, verifiedUntil: until)
    }

    // MARK: Looks

    @Test("a restart is no reason to look again, nor to wait anew")
    func restart() {
        let known = progress(lookedAt: Self.midnight + .seconds(10 * 3600))
        #expect(schedule().step(after: known, at: Self.midnight + .seconds(10 * 3600 + 60)) == nil)
        #expect(schedule().step(after: known, at: Self.midnight + .seconds(20 * 3600)) == .look)
    }

    @Test("a shorter pause holds at once")
    func otherPause() {
        let known = progress(lookedAt: Self.midnight + .seconds(10 * 3600))
        let now = Self.midnight + .seconds(10 * 3600 + 60)
        #expect(schedule(every: .seconds(60)).step(after: known, at: now) == .look)
    }

    // MARK: Days

    @Test("the day before is verified at its time, and once")
    func onceADay() {
        let known = progress(lookedAt: Self.midnight + Self.fourThirty, until: Self.yesterday.lowerBound)
        let time = Self.midnight + Self.fourThirty
        #expect(schedule().step(after: known, at: time - .milliseconds(1)) == .look)
        #expect(schedule().step(after: known, at: time) == .verify(Self.yesterday))
        #expect(schedule().step(after: progress(lookedAt: time), at: time) == nil)
    }

    @Test("it is still done where nobody was there at its time, and the last one only")
    func afterDaysOfSilence() {
        let known = progress(lookedAt: Self.midnight, until: Self.midnight - .seconds(7 * 86_400))
        #expect(schedule().step(after: known, at: Self.midnight + .seconds(20 * 3600)) == .verify(Self.yesterday))
    }

    @Test("while a day is not tried again, looks go on")
    func looksGoOn() {
        let now = Self.midnight + .seconds(6 * 3600)
        let known = progress(lookedAt: now - .seconds(3600), until: Self.yesterday.lowerBound)
        #expect(schedule().step(after: known, at: now, mayVerify: false) == .look)
        #expect(
            schedule().step(after: progress(lookedAt: now, until: Self.yesterday.lowerBound), at: now, mayVerify: false)
                == nil)
        #expect(schedule().step(after: known, at: now) == .verify(Self.yesterday))
    }

    @Test(
        "a day has its time in the zone of the people, around midnight as well",
        arguments: [
            (Duration.zero, "2026-11-30T00:00:00+09:00", "2026-11-29"),
            (.zero, "2026-11-29T23:59:59+09:00", "2026-11-28"),
            (.seconds(86_340), "2026-11-30T23:58:59+09:00", "2026-11-28"),
            (.seconds(86_340), "2026-11-30T23:59:00+09:00", "2026-11-29"),
        ])
    func aroundMidnight(_ dayAt: Duration, _ time: String, _ day: String) throws {
        let now = try #require(Timestamp(iso8601: time, defaultOffset: 0))
        let expected = try #require(Self.korea.day(day))
        let known = progress(lookedAt: now, until: Timestamp(seconds: 0))
        #expect(schedule(at: dayAt).step(after: known, at: now) == .verify(expected))
    }

    @Test("and so it is west of Greenwich, and half an hour off")
    func otherZones() throws {
        for (seconds, offset) in [(-8 * 3600, "-08:00"), (5 * 3600 + 1800, "+05:30"), (0, "Z")] {
            let zone = Zone(secondsEastOfUTC: seconds)
            let now = try #require(Timestamp(iso8601: "2026-11-30T04:30:00\(offset)", defaultOffset: 0))
            let expected = try #require(zone.day("2026-11-29"))
            let known = progress(lookedAt: now, until: Timestamp(seconds: 0))
            #expect(schedule(in: zone).step(after: known, at: now) == .verify(expected))
            let before = schedule(in: zone).step(after: known, at: now - .milliseconds(1))
            #expect(before == .verify(expected.lowerBound - .seconds(86_400)..<expected.lowerBound))
        }
    }

    // MARK: A clock that was wrong

    @Test("a clock that was ahead keeps neither looks nor days from being done")
    func clockWasAhead() {
        let now = Self.midnight + .seconds(10 * 3600)
        let ahead = now + .seconds(365 * 86_400)
        #expect(schedule().step(after: progress(lookedAt: ahead), at: now) == .look)
        #expect(
            schedule().step(after: progress(lookedAt: now, until: ahead), at: now) == .verify(Self.yesterday))
        #expect(schedule().step(after: .init(beganAt: ahead), at: now) == .verify(Self.yesterday))
    }

    @Test("a clock that is put back by an hour repeats nothing but a look")
    func clockPutBack() {
        let now = Self.midnight + .seconds(10 * 3600)
        #expect(schedule().step(after: progress(lookedAt: now), at: now - .seconds(3600)) == .look)
        #expect(schedule().step(after: progress(lookedAt: now - .seconds(3600)), at: now - .seconds(3600)) == nil)
    }

    @Test("a later time of day does not have the same day verified twice")
    func dayAtMoved() {
        let now = Self.midnight + .seconds(10 * 3600)
        #expect(schedule(at: .seconds(23 * 3600)).step(after: progress(lookedAt: now), at: now) == nil)
    }

    @Test("whatever a damaged row says, there is an answer")
    func damaged() {
        let times = [Int64(-62_135_596_800_000), 253_402_300_799_999].map { Timestamp(milliseconds: $0) }
        for lookedAt in times {
            for until in times {
                #expect(schedule().step(after: progress(lookedAt: lookedAt, until: until), at: Self.midnight) != nil)
            }
        }
    }

    // MARK: Days by their date

    @Test("a day is named by its date, in the zone")
    func dates() {
        #expect(Self.korea.day("2026-11-29") == Self.yesterday)
        #expect(Zone.utc.day("2026-11-29")?.lowerBound == Self.yesterday.lowerBound + .seconds(9 * 3600))
        #expect(Self.korea.startOfDay(Self.midnight) == Self.midnight)
        #expect(Self.korea.startOfDay(Self.midnight - .milliseconds(1)) == Self.yesterday.lowerBound)
        #expect(Zone.utc.startOfDay(Timestamp(milliseconds: -1)) == Timestamp(seconds: -86_400))
    }

    @Test(
        "what is no real date is none",
        arguments: ["2026-02-30", "2026-13-01", "20261129", "2026-11-9", "", "+026-11-29", "2026-11-29Z", "2026/11/29"])
    func noDates(_ text: String) {
        #expect(Self.korea.day(text) == nil)
    }
}
