package import Engine
internal import Ledger
package import Reconciliation

/// All that is on a status page.
package struct StatusReport: Sendable {
    package enum Content: Sendable {
        case figures(StatusFigures)
        /// The store cannot be read: why.
        case unreadable(String)
    }

    /// Who made the page.
    package enum Origin: Sendable {
        /// The daemon, which will make it anew.
        case daemon
        /// `report`, once.
        case command
    }

    var content: Content
    var generatedAt: Timestamp
    var origin: Origin
    var host: String
    var version: String
    var database: String
    /// Between cycles.
    var interval: Duration
    /// Whether anything is verified.
    var verifies: Bool
    /// What an alert means, and what to do first, in the language of alerts. Its own words may hold times.
    var meaning: @Sendable (Alert) -> (what: String, first: String)
    /// Of those texts: `en`, `ko`.
    var language: String
    /// Of the times in those texts, and so of all on the page.
    var zone: Zone

    /// As long as a cycle may be overdue; but the page is not written every second.
    static func patience(_ interval: Duration) -> Duration {
        max(OverdueCycle.patience(interval), .seconds(300))
    }

    var clock: PageClock { PageClock(zone: zone) }

    var staleAt: Timestamp { generatedAt + Self.patience(interval) }
}

extension StatusReport {
    /// - Parameter meaning: of an alert, in the language of alerts.
    package init(
        _ content: Content, _ settings: Settings, origin: Origin, host: String, version: String, at now: Timestamp,
        meaning: @escaping @Sendable (Alert) -> (what: String, first: String)
    ) {
        self.init(
            content: content, generatedAt: now, origin: origin, host: host, version: version,
            database: settings.store.place.text, interval: settings.reconcile.interval,
            verifies: settings.verification != nil, meaning: meaning, language: settings.alerts.language.rawValue,
            zone: settings.zone)
    }
}

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

    /// `2026-11-23`, of that time.
    func date(_ time: Timestamp) -> Markup { mark(zone.date(time), zone.date(time)) }

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

/// Counts, durations and days as the page writes them.
enum PageText {
    /// `1 message`, `2 messages`.
    static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(NumberText.grouped(number)) \(number == 1 ? one : many)"
    }

    /// `3 d 4 h`, `2 h 10 min`, `5 min`, `12 s`.
    static func duration(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case 172_800...: return "\(NumberText.grouped(Int(seconds / 86_400))) d \(seconds % 86_400 / 3600) h"
        case 3600...: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        case 60...: return "\(seconds / 60) min"
        default: return "\(seconds) s"
        }
    }

    /// `850 ms`, `12.3 s`, then as `duration`.
    static func shortDuration(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.wholeMilliseconds)
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 60_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
        return Self.duration(duration)
    }

    /// `11-23` of a day since 1970.
    static func day(_ day: Int64) -> Markup {
        let date = Timestamp(milliseconds: day * 86_400_000).iso8601().prefix(10)
        return "<time datetime=\"\(own: String(date))\">\(own: dayText(day))</time>"
    }

    static func dayText(_ day: Int64) -> String {
        String(Timestamp(milliseconds: day * 86_400_000).iso8601().prefix(10).dropFirst(5))
    }

    /// `42 %`; nil of nothing. Never rounded to all or nothing.
    static func share(_ part: Int, of whole: Int) -> Int? {
        guard whole > 0 else { return nil }
        let percent = Int((Double(part) * 100 / Double(whole)).rounded())
        if part > 0, percent == 0 { return 1 }
        return part < whole ? min(percent, 99) : percent
    }
}
