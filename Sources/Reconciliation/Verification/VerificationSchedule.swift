/// When the account is looked at, and when a whole day is verified (`verify` in the configuration).
package struct VerificationSchedule: Hashable, Sendable {
    /// Between two looks.
    package var every: Duration
    /// Since midnight in `zone`.
    package var dayAt: Duration
    /// In which days begin and end.
    package var zone: Zone

    /// What was done, as kept between processes.
    package struct Progress: Hashable, Sendable {
        /// Before then nobody verified.
        package var beganAt: Timestamp
        /// Nil before the first look.
        package var lookedAt: Timestamp?
        /// The end of the last day that was verified; nil before the first.
        package var verifiedUntil: Timestamp?

        package init(beganAt: Timestamp, lookedAt: Timestamp? = nil, verifiedUntil: Timestamp? = nil) {
            self.beganAt = beganAt
            self.lookedAt = lookedAt
            self.verifiedUntil = verifiedUntil
        }
    }

    package enum Step: Hashable, Sendable {
        case look
        case verify(Range<Timestamp>)
    }

    package init(every: Duration, dayAt: Duration, zone: Zone) {
        self.every = every
        self.dayAt = dayAt
        self.zone = zone
    }

    /// What is due; nil when nothing is. The first look is due one `every` after the beginning; the first day that is
    /// verified is the one that had begun by then. A time that has not come yet was noted while the clock was ahead.
    /// - Parameter mayVerify: false while a day that could not be gone through is not tried again: looks go on.
    package func step(after progress: Progress, at now: Timestamp, mayVerify: Bool = true) -> Step? {
        let day = lastDay(toVerifyAt: now)
        let verifiedUntil = progress.verifiedUntil ?? lastDay(toVerifyAt: progress.beganAt).upperBound
        if mayVerify, verifiedUntil < day.upperBound || verifiedUntil > now { return .verify(day) }
        let lookedAt = progress.lookedAt ?? progress.beganAt
        return lookedAt > now || now >= lookedAt + every ? .look : nil
    }

    /// The last day whose time to be verified has come.
    private func lastDay(toVerifyAt now: Timestamp) -> Range<Timestamp> {
        let end = zone.startOfDay(now - dayAt)
        return end - .seconds(86_400)..<end
    }
}

extension Zone {
    /// The midnight before that time, or then.
    package func startOfDay(_ time: Timestamp) -> Timestamp {
        let local = time + .seconds(secondsEastOfUTC)
        let days = local.milliseconds.flooredDivision(by: 86_400_000)
        return Timestamp(milliseconds: days * 86_400_000) - .seconds(secondsEastOfUTC)
    }

    /// The date of that time: `2026-11-29`.
    package func date(_ time: Timestamp) -> String { String(time.iso8601(offset: secondsEastOfUTC).prefix(10)) }

    /// A day by its date: `2026-11-29`.
    /// - Returns: nil for anything that is not a real date.
    package func day(_ date: String) -> Range<Timestamp>? {
        guard date.utf8.count == 10,
            let start = Timestamp(iso8601: date + "T00:00:00", defaultOffset: secondsEastOfUTC)
        else { return nil }
        return start..<start + .seconds(86_400)
    }
}
