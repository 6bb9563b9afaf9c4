/// The zone in which people read times: the same offset all year, written behind every time.
package struct Zone: Hashable, Sendable {
    package static let utc = Zone(secondsEastOfUTC: 0)

    /// Of whole minutes.
    package var secondsEastOfUTC: Int

    package init(secondsEastOfUTC: Int) {
        self.secondsEastOfUTC = secondsEastOfUTC
    }

    /// `+09:00`; `+00:00` for UTC.
    package var offset: String {
        let text = Timestamp(milliseconds: 0).iso8601(offset: secondsEastOfUTC)
        return text.last == "Z" ? "+00:00" : String(text.suffix(6))
    }

    /// `2026-11-24 02:43:39 +09:00`
    package func second(_ time: Timestamp) -> String { text(time, characters: 8) }

    /// `2026-11-24 02:43:39.505 +09:00`
    package func millisecond(_ time: Timestamp) -> String { text(time, characters: 12) }

    /// `2026-11-24 02:43 +09:00`
    package func minute(_ time: Timestamp) -> String { text(time, characters: 5) }

    /// - Parameter characters: of the time of day.
    private func text(_ time: Timestamp, characters: Int) -> String {
        let iso = time.iso8601(offset: secondsEastOfUTC, withMilliseconds: true)
        return "\(iso.prefix(10)) \(iso.dropFirst(11).prefix(characters)) \(offset)"
    }
}
