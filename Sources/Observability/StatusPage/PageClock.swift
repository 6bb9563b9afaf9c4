internal import Reconciliation

/// Times as the page writes them: in one zone, that of the alerts' texts.
struct PageClock {
    /// Seconds east of UTC, of whole hours.
    var offset = 0

    /// `UTC`, `UTC+9`.
    var name: String { offset == 0 ? "UTC" : "UTC\(offset < 0 ? "−" : "+")\(abs(offset) / 3600)" }

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

    /// The day, since 1970-01-01 by the page's zone, that an hour since 1970 is in.
    func day(ofHour hour: Int64) -> Int64 { (hour + Int64(offset / 3600)) / 24 }

    /// The first hour, since 1970, of such a day.
    func firstHour(ofDay day: Int64) -> Int64 { day * 24 - Int64(offset / 3600) }

    private func iso(_ time: Timestamp) -> String { time.iso8601(offset: offset) }

    private func mark(_ iso: String, _ text: String) -> Markup {
        "<time datetime=\"\(own: iso)\">\(own: text)</time>"
    }
}
