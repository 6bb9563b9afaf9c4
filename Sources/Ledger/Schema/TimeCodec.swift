internal import Reconciliation

/// The application's way to write a time.
struct TimeCodec: Sendable {
    let format: LedgerConfiguration.TimeFormat
    /// Seconds east of UTC.
    let utcOffset: Int

    /// Nil for what cannot be read, and for what no message was accepted at: before 2010 (a zero that stands for
    /// "none", or seconds where milliseconds are configured: no row may be given up for that) and the years past 9999.
    func time(_ value: SQLValue) -> Timestamp? {
        let time: Timestamp? =
            switch (format, value) {
            case (.iso8601, .text(let text)): Timestamp(iso8601: text, defaultOffset: utcOffset)
            case (.iso8601, _), (_, .null): nil
            case (_, .integer(let number)): time(number)
            case (_, .real(let number)): time(number)
            case (_, .text(let text)): Int64(text).flatMap(time(_:)) ?? Double(text).flatMap(time(_:))
            }
        guard let time, Self.plausible.contains(time.milliseconds) else { return nil }
        return time
    }

    func value(_ time: Timestamp) -> SQLValue {
        switch format {
        case .iso8601: .text(time.iso8601(offset: utcOffset))
        case .unix: .integer(time.milliseconds / 1000)
        case .unixMilliseconds: .integer(time.milliseconds)
        }
    }

    private static let plausible: Range<Int64> = 1_262_304_000_000..<253_402_300_800_000

    private var millisecondsPerUnit: Int64 { format == .unix ? 1000 : 1 }

    private func time(_ number: Int64) -> Timestamp? {
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: millisecondsPerUnit)
        return overflow ? nil : Timestamp(milliseconds: milliseconds)
    }

    private func time(_ number: Double) -> Timestamp? {
        Int64(exactly: (number * Double(millisecondsPerUnit)).rounded()).map(Timestamp.init(milliseconds:))
    }
}
