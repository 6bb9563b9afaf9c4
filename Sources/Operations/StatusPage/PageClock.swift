internal import Reconciliation

/// Times as the page writes them: in one zone, that of the alerts' texts. It is named once for all of them.
struct PageClock {
    var zone = Zone.utc

    private var offset: Int64 { Int64(zone.secondsEastOfUTC) }

    /// `2026-11-23 17:43:39`
    func second(_ time: Timestamp) -> Markup {
        let iso = iso(time)
        return mark(iso, "\(iso.prefix(10)) \(iso.dropFirst(11).prefix(8))")
    }

    /// `2026-11-23 17:43`
    func minute(_ time: Timestamp) -> Markup {
        let iso = iso(time)
        return mark(iso, "\(iso.prefix(10)) \(iso.dropFirst(11).prefix(5))")
    }

    /// `11-23 17:43:39`, where rows are many and narrow.
    func shortSecond(_ time: Timestamp) -> Markup {
        let iso = iso(time)
        return mark(iso, "\(iso.dropFirst(5).prefix(5)) \(iso.dropFirst(11).prefix(8))")
    }

    /// `11-23 17:00` of an hour since 1970.
    func hour(_ hour: Int64) -> Markup {
        let iso = iso(Timestamp(milliseconds: hour * 3_600_000))
        return mark(iso, "\(iso.dropFirst(5).prefix(5)) \(iso.dropFirst(11).prefix(5))")
    }

    /// The day, since 1970-01-01 by the page's zone, that an hour since 1970 begins in.
    func day(ofHour hour: Int64) -> Int64 { (hour * 3600 + offset) / 86_400 }

    /// The first hour, since 1970, that begins in such a day.
    func firstHour(ofDay day: Int64) -> Int64 { (day * 86_400 - offset + 3599) / 3600 }

    private func iso(_ time: Timestamp) -> String { time.iso8601(offset: zone.secondsEastOfUTC) }

    private func mark(_ iso: String, _ text: String) -> Markup {
        "<time datetime=\"\(own: iso)\">\(own: text)</time>"
    }
}
