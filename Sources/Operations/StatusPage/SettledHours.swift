internal import Engine
internal import Reconciliation

/// Counts in the order of time, hours without any included.
struct SettledHours {
    /// Source and outcome, in the order in which they are stacked.
    enum Series: Int, CaseIterable {
        case sentByAsking
        case sentByPolling
        case late
        case deadByAsking
        case deadByPolling

        init(_ count: SettledCount) {
            self =
                switch (count.outcome, count.source) {
                case (.sent, .inquiry): .sentByAsking
                case (.sent, .polling): .sentByPolling
                case (.late, _): .late
                case (.deadLetter, .inquiry): .deadByAsking
                case (.deadLetter, .polling): .deadByPolling
                }
        }

        var name: String {
            switch self {
            case .sentByAsking: "Sent, found by asking"
            case .sentByPolling: "Sent, fetched by polling"
            case .late: "Late: dead letter, then sent"
            case .deadByAsking: "Dead letter, found by asking"
            case .deadByPolling: "Dead letter, fetched by polling"
            }
        }
    }

    struct Hour {
        /// Since 1970.
        var hour: Int64
        /// By series.
        var counts = [Int](repeating: 0, count: Series.allCases.count)
    }

    struct Day {
        /// Since 1970, by the page's zone.
        var day: Int64
        var counts = [Int](repeating: 0, count: Series.allCases.count)
    }

    /// Oldest first, none left out.
    private(set) var hours: [Hour]
    private let clock: PageClock

    init(_ counts: [SettledCount], at now: Timestamp, _ clock: PageClock = PageClock()) {
        self.clock = clock
        let last = now.milliseconds / 3_600_000
        let first = last - Int64(StatusFigures.days * 24) + 1
        hours = (first...last).map { Hour(hour: $0) }
        for count in counts where (first...last).contains(count.hour) {
            hours[Int(count.hour - first)].counts[Series(count).rawValue] += count.count
        }
    }

    var total: Int { hours.reduce(0) { $0 + $1.counts.reduce(0, +) } }

    var largest: Int { hours.map { $0.counts.reduce(0, +) }.max() ?? 0 }

    /// Those of which there is any.
    var series: [Series] {
        Series.allCases.filter { series in hours.contains { $0.counts[series.rawValue] > 0 } }
    }

    var days: [Day] {
        var days: [Day] = []
        for hour in hours {
            let day = clock.day(ofHour: hour.hour)
            if days.last?.day != day { days.append(Day(day: day)) }
            for index in hour.counts.indices { days[days.count - 1].counts[index] += hour.counts[index] }
        }
        return days
    }
}
