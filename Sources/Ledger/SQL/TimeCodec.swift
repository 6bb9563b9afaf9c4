internal import Reconciliation

/// The application's way to write a time.
struct TimeCodec: Sendable {
    /// What the column that is written takes.
    enum Column: Hashable, Sendable {
        case integers
        case reals
        /// A type of times with so many digits after the second, which says itself whether an offset is kept with it.
        case time(decimals: Int, hasOffset: Bool)
        case anything
    }

    let format: LedgerConfiguration.TimeFormat
    /// Seconds east of UTC.
    let utcOffset: Int
    let column: Column

    /// Nil for what cannot be read, and for what no message was accepted at: before 2010 (a zero that stands for
    /// "none", or seconds where milliseconds are configured: no row may be given up for that) and the years past 9999.
    func time(_ value: SQLValue) -> Timestamp? {
        time(value, as: format)
    }

    /// The format in which such a time could be read, where the configured one is another.
    func format(of value: SQLValue) -> LedgerConfiguration.TimeFormat? {
        [.iso8601, .unix, .unixMilliseconds].first { $0 != format && time(value, as: $0) != nil }
    }

    private func time(_ value: SQLValue, as format: LedgerConfiguration.TimeFormat) -> Timestamp? {
        let perUnit: Int64 = format == .unix ? 1000 : 1
        let time: Timestamp? =
            switch (format, value) {
            case (.iso8601, .text(let text)): Timestamp(iso8601: text, defaultOffset: utcOffset)
            case (.iso8601, _), (_, .null): nil
            case (_, .integer(let number)): Self.time(number, millisecondsPerUnit: perUnit)
            case (_, .real(let number)): Self.time(number, millisecondsPerUnit: perUnit)
            case (_, .text(let text)):
                Int64(text).flatMap { Self.time($0, millisecondsPerUnit: perUnit) }
                    ?? Double(text).flatMap { Self.time($0, millisecondsPerUnit: perUnit) }
            }
        guard let time, Self.plausible.contains(time.milliseconds) else { return nil }
        return time
    }

    private static let plausible: Range<Int64> = 1_262_304_000_000..<253_402_300_800_000

    private static func time(_ number: Int64, millisecondsPerUnit: Int64) -> Timestamp? {
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: millisecondsPerUnit)
        return overflow ? nil : Timestamp(milliseconds: milliseconds)
    }

    private static func time(_ number: Double, millisecondsPerUnit: Int64) -> Timestamp? {
        Int64(exactly: (number * Double(millisecondsPerUnit)).rounded()).map(Timestamp.init(milliseconds:))
    }
}

// MARK: Writing

extension TimeCodec {
    /// In the form of what the column held before, so that the application's driver reads it; else in that of the time of
    /// acceptance; else as configured. A column of numbers gets numbers, and
    /// one of times has but one form, of milliseconds at most.
    func value(_ time: Timestamp, before: SQLValue, acceptedAt accepted: SQLValue) -> SQLValue {
        if case .time(let decimals, let hasOffset) = column {
            return .text(TimeForm(offset: utcOffset, isShown: hasOffset, fractionDigits: min(decimals, 3)).text(time))
        }
        let isText = column == .anything && !before.isNumber
        if isText, let written = written(time, like: before) { return written }
        if isText, let written = written(time, like: accepted) { return written }
        let unit = TimeUnit(before) ?? TimeUnit(accepted) ?? configuredUnit
        guard let unit = isText ? unit : unit ?? .seconds else {
            return .text(TimeForm(offset: utcOffset).text(time))
        }
        return column == .reals || before.isReal || isText && accepted.isReal ? unit.real(time) : unit.integer(time)
    }

    /// Nil where that is no text that holds a time.
    private func written(_ time: Timestamp, like value: SQLValue) -> SQLValue? {
        guard case .text(let text) = value else { return nil }
        if let form = TimeForm.read(text, defaultOffset: utcOffset)?.form { return .text(form.text(time)) }
        guard let unit = TimeUnit(value) else { return nil }
        return .text(unit.digits(time, decimals: text.split(separator: ".").dropFirst().first?.count ?? 0))
    }

    private var configuredUnit: TimeUnit? {
        switch format {
        case .iso8601: nil
        case .unix: .seconds
        case .unixMilliseconds: .milliseconds
        }
    }
}

/// What a number counts, told by how large it is: a time from 2010 to 2286 has only one reading, and is no
/// `20261129232921` either.
private enum TimeUnit: Int64, CaseIterable {
    case seconds = 1
    case milliseconds = 1_000
    case microseconds = 1_000_000
    case nanoseconds = 1_000_000_000

    init?(_ value: SQLValue) {
        let number: Double? =
            switch value {
            case .null: nil
            case .integer(let number): Double(number)
            case .real(let number): number
            case .text(let text): Double(text)
            }
        guard let number, let unit = Self.allCases.first(where: { Self.plausible.contains(number / $0.perSecond) })
        else { return nil }
        self = unit
    }

    private static let plausible: Range<Double> = 1_262_304_000..<10_000_000_000

    private var perSecond: Double { Double(rawValue) }

    func integer(_ time: Timestamp) -> SQLValue { .integer(whole(time)) }

    func real(_ time: Timestamp) -> SQLValue { .real(Double(time.milliseconds) / 1000 * perSecond) }

    func digits(_ time: Timestamp, decimals: Int) -> String {
        guard decimals > 0 else { return String(whole(time)) }
        let rest = self == .seconds ? Int(time.milliseconds % 1000) : 0
        let fraction = String(String(rest + 1000).dropFirst()) + String(repeating: "0", count: max(0, decimals - 3))
        return "\(whole(time)).\(fraction.prefix(decimals))"
    }

    private func whole(_ time: Timestamp) -> Int64 {
        self == .seconds ? time.milliseconds / 1000 : time.milliseconds * (rawValue / 1000)
    }
}

extension SQLValue {
    fileprivate var isReal: Bool { if case .real = self { true } else { false } }

    fileprivate var isNumber: Bool { if case .integer = self { true } else { isReal } }
}
