/// ISO 8601 as databases and this provider write it. FoundationEssentials' parser takes one fixed shape at a
/// time; an application's column holds whatever its library printed, so this reads the common shapes:
/// `2026-01-12T11:00:00+09:00`, `2026-01-12 11:00:00.123456`, `2026-01-12T02:00Z`, `20260112T110000`.
extension Timestamp {
    /// - Parameter defaultOffset: seconds east of UTC that a text without an offset means.
    /// - Returns: nil for anything that is not a real date and time of day.
    package init?(iso8601 text: some StringProtocol, defaultOffset: Int) {
        var reader = DigitReader(text.utf8)
        guard let year = reader.number(digits: 4) else { return nil }
        let dashed = reader.skip("-")
        guard let month = reader.number(digits: 2), !dashed || reader.skip("-"), let day = reader.number(digits: 2),
            (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year),
            reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(digits: 2)
        else { return nil }
        let colons = reader.skip(":")
        guard let minute = reader.number(digits: 2), hour < 24, minute < 60 else { return nil }
        var second = 0
        if colons ? reader.skip(":") : reader.atDigit {
            guard let value = reader.number(digits: 2), value <= 60 else { return nil }
            second = min(value, 59)  // a leap second counts as the second before it
        }
        var milliseconds = 0
        if reader.skip(".") || reader.skip(",") {
            guard let fraction = reader.fractionInMilliseconds() else { return nil }
            milliseconds = fraction
        }
        guard let offset = reader.offset(default: defaultOffset), reader.atEnd else { return nil }
        let seconds = Self.daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(milliseconds: Int64(seconds) * 1000 + Int64(milliseconds))
    }

    /// `2026-11-23T17:43:39+09:00`, or with `.505` before the offset; `Z` for an offset of zero.
    /// - Parameter offset: seconds east of UTC.
    package func iso8601(offset: Int = 0, withMilliseconds: Bool = false) -> String {
        let local = milliseconds + Int64(offset) * 1000
        let dayNumber = Int(local.flooredDivision(by: 86_400_000))
        let inDay = Int(local - Int64(dayNumber) * 86_400_000)
        let (year, month, day) = Self.civil(daysSince1970: dayNumber)
        // Written for every row that is changed, so byte by byte.
        return String(unsafeUninitializedCapacity: 40) { buffer in
            var text = DigitWriter(buffer)
            text.number(year, width: 4)
            text.number(month, width: 2, after: "-")
            text.number(day, width: 2, after: "-")
            text.number(inDay / 3_600_000, width: 2, after: "T")
            text.number(inDay / 60_000 % 60, width: 2, after: ":")
            text.number(inDay / 1000 % 60, width: 2, after: ":")
            if withMilliseconds { text.number(inDay % 1000, width: 3, after: ".") }
            if offset == 0 {
                text.mark("Z")
            } else {
                let minutes = abs(offset) / 60
                text.number(minutes / 60, width: 2, after: offset < 0 ? "-" : "+")
                text.number(minutes % 60, width: 2, after: ":")
            }
            return text.count
        }
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March so that
    /// the leap day is the last of its year.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = Int(Int64(marchYear).flooredDivision(by: 400))
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = Int(Int64(shifted).flooredDivision(by: 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}

/// Writes ASCII digits and marks to the front of a buffer.
private struct DigitWriter {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        self.buffer = buffer
    }

    mutating func mark(_ mark: Unicode.Scalar) {
        buffer[count] = UInt8(ascii: mark)
        count += 1
    }

    /// With zeros in front; with more digits where the width does not suffice, and a sign for a year before 0.
    mutating func number(_ value: Int, width: Int, after mark: Unicode.Scalar? = nil) {
        if let mark { self.mark(mark) }
        if value < 0 { self.mark("-") }
        var digits = 1
        var rest = value.magnitude / 10
        while rest > 0 || digits < width {
            digits += 1
            rest /= 10
        }
        rest = value.magnitude
        for place in stride(from: count + digits - 1, through: count, by: -1) {
            buffer[place] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
        count += digits
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

/// Reads ASCII digits and marks from the front of a text.
private struct DigitReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) {
        rest = ArraySlice(Array(bytes))
    }

    var atEnd: Bool { rest.isEmpty }

    var atDigit: Bool { rest.first.map { (0x30...0x39).contains($0) } ?? false }

    mutating func skip(_ mark: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard atDigit, let byte = rest.popFirst() else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }

    /// Any number of digits; those past the third are dropped.
    mutating func fractionInMilliseconds() -> Int? {
        guard atDigit else { return nil }
        var value = 0
        var digits = 0
        while atDigit, let byte = rest.popFirst() {
            if digits < 3 { value = value * 10 + Int(byte - 0x30) }
            digits += 1
        }
        while digits < 3 {
            value *= 10
            digits += 1
        }
        return value
    }

    /// `Z`, `+09:00`, `+0900`, `+09`, or nothing.
    mutating func offset(default fallback: Int) -> Int? {
        if atEnd { return fallback }
        if skip("Z") || skip("z") { return 0 }
        let negative: Bool
        if skip("+") { negative = false } else if skip("-") { negative = true } else { return nil }
        guard let hours = number(digits: 2) else { return nil }
        var minutes = 0
        if skip(":") || atDigit {
            guard let value = number(digits: 2) else { return nil }
            minutes = value
        }
        guard hours <= 18, minutes < 60 else { return nil }
        return (negative ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
}
