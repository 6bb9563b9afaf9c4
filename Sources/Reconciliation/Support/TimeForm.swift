/// How a time is written as text, in ISO 8601 as databases, their drivers and this provider write it:
/// `2026-01-12T11:00:00+09:00`, `2026-01-12 11:00:00.123456`, `2026-01-12T02:00Z`, `20260112T110000`,
/// `2026-01-12 02:00:00.123 +00:00`, Go's `2026-01-12 11:00:00.123 +0900 KST m=+0.012`.
///
/// Read from one time, it writes another one the same way, so that whoever wrote the first can read the second.
package struct TimeForm: Hashable, Sendable {
    private var hasDashes = true
    /// `T`, `t` or a space.
    private var separator = UInt8(ascii: "T")
    private var hasColons = true
    private var hasSeconds = true
    private var hasComma = false
    /// 0…9
    private var fractionDigits = 0
    private var isOffsetApart = false
    private var spelling = Spelling.colon
    /// Seconds east of UTC; what the text says, or what one without an offset means.
    private var offset: Int
    /// What follows the offset: ` KST`, `[Asia/Seoul]`.
    private var zone = ""

    /// How the offset is written.
    private enum Spelling: Hashable, Sendable {
        case none
        case word(StaticWord)
        case hours
        case compact
        case colon
    }

    private enum StaticWord: String, CaseIterable {
        case z = "Z"
        case lowercase = "z"
        case utc = "UTC"
        case gmt = "GMT"
    }

    /// `2026-11-23T17:43:39+09:00`, `Z` for an offset of zero.
    package init(offset: Int) {
        self.offset = offset
        if offset == 0 { spelling = .word(.z) }
    }

    /// `2026-11-23 17:43:39.505`, as a database's column of times takes it; shown, the offset follows: `+09:00`.
    package init(offset: Int, isShown: Bool, fractionDigits: Int) {
        self.offset = offset
        separator = UInt8(ascii: " ")
        spelling = isShown ? .colon : .none
        self.fractionDigits = fractionDigits
    }

    /// - Parameter defaultOffset: seconds east of UTC that a text without an offset means.
    /// - Returns: nil for anything that is not a real date and time of day.
    package static func read(_ text: some StringProtocol, defaultOffset: Int) -> (form: TimeForm, time: Timestamp)? {
        let bytes = text.utf8
        return bytes.withContiguousStorageIfAvailable { read(TimeReader($0), defaultOffset) }
            ?? Array(bytes).withUnsafeBufferPointer { read(TimeReader($0), defaultOffset) }
    }

    private static func read(_ start: TimeReader, _ defaultOffset: Int) -> (form: TimeForm, time: Timestamp)? {
        var reader = start
        var form = TimeForm(offset: defaultOffset)
        guard let date = form.readDate(&reader), let inDay = form.readTimeOfDay(&reader) else { return nil }
        guard form.readOffset(&reader), form.readZone(&reader), reader.atEnd else { return nil }
        let milliseconds = (date * 86_400 - form.offset) * 1000 + inDay
        return (form, Timestamp(milliseconds: Int64(milliseconds)))
    }

    /// - Returns: days since 1970.
    private mutating func readDate(_ reader: inout TimeReader) -> Int? {
        guard let year = reader.number(digits: 4) else { return nil }
        hasDashes = reader.skip("-")
        guard let month = reader.number(digits: 2), !hasDashes || reader.skip("-"), let day = reader.number(digits: 2),
            (1...12).contains(month), day >= 1, day <= Timestamp.days(in: month, of: year)
        else { return nil }
        return Timestamp.daysSince1970(year, month, day)
    }

    /// - Returns: milliseconds since midnight.
    private mutating func readTimeOfDay(_ reader: inout TimeReader) -> Int? {
        guard let mark = reader.first, reader.skip("T") || reader.skip("t") || reader.skip(" ") else { return nil }
        separator = mark
        guard let hour = reader.number(digits: 2) else { return nil }
        hasColons = reader.skip(":")
        guard let minute = reader.number(digits: 2), hour < 24, minute < 60 else { return nil }
        var second = 0
        hasSeconds = hasColons ? reader.skip(":") : reader.atDigit
        if hasSeconds {
            guard let value = reader.number(digits: 2), value <= 60 else { return nil }
            second = min(value, 59)  // a leap second counts as the second before it
        }
        var milliseconds = 0
        hasComma = reader.first == UInt8(ascii: ",")
        if reader.skip(".") || reader.skip(",") {
            guard let fraction = reader.fraction() else { return nil }
            (milliseconds, fractionDigits) = fraction
        }
        return ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds
    }

    /// `Z`, `+09:00`, `+0900`, `+09`, also after a space; ` UTC`, ` GMT`; or nothing.
    private mutating func readOffset(_ reader: inout TimeReader) -> Bool {
        guard !reader.atEnd else {
            spelling = .none
            return true
        }
        isOffsetApart = reader.skip(" ")
        let isNegative = reader.skip("-")
        guard isNegative || reader.skip("+") else {
            guard let word = StaticWord.allCases.first(where: { reader.skip($0.rawValue) }) else { return false }
            (offset, spelling) = (0, .word(word))
            return true
        }
        guard let hours = reader.number(digits: 2) else { return false }
        var minutes = 0
        spelling = reader.skip(":") ? .colon : reader.atDigit ? .compact : .hours
        if spelling != .hours {
            guard let value = reader.number(digits: 2) else { return false }
            minutes = value
        }
        guard hours <= 18, minutes < 60 else { return false }
        offset = (isNegative ? -1 : 1) * (hours * 3600 + minutes * 60)
        return true
    }

    /// A zone's name, and Go's reading of its other clock, which is not written again.
    private mutating func readZone(_ reader: inout TimeReader) -> Bool {
        guard !reader.atEnd else { return true }
        if reader.skip("[") {
            guard let name = reader.zoneName(), reader.skip("]") else { return false }
            zone = "[\(name)]"
            return true
        }
        guard reader.skip(" ") else { return false }
        if !reader.skip("m=") {
            guard let name = reader.zoneName() else { return false }
            zone = " " + name
            guard reader.skip(" m=") else { return true }
        }
        guard reader.skip("+") || reader.skip("-"), reader.skipDigits() else { return false }
        return !reader.skip(".") || reader.skipDigits()
    }

    package func text(_ time: Timestamp) -> String {
        let local = time.milliseconds + Int64(offset) * 1000
        let dayNumber = Int(local.flooredDivision(by: 86_400_000))
        let inDay = Int(local - Int64(dayNumber) * 86_400_000)
        let (year, month, day) = Timestamp.civil(daysSince1970: dayNumber)
        // Written for every row that is changed, so byte by byte.
        let text = String(unsafeUninitializedCapacity: 56) { buffer in
            var text = DigitWriter(buffer)
            text.number(year, width: 4)
            if hasDashes { text.mark("-") }
            text.number(month, width: 2)
            if hasDashes { text.mark("-") }
            text.number(day, width: 2)
            text.mark(Unicode.Scalar(separator))
            text.number(inDay / 3_600_000, width: 2)
            if hasColons { text.mark(":") }
            text.number(inDay / 60_000 % 60, width: 2)
            if hasSeconds {
                if hasColons { text.mark(":") }
                text.number(inDay / 1000 % 60, width: 2)
            }
            if fractionDigits > 0 {
                text.mark(hasComma ? "," : ".")
                text.fraction(milliseconds: inDay % 1000, digits: fractionDigits)
            }
            writeOffset(to: &text)
            return text.count
        }
        return zone.isEmpty ? text : text + zone
    }

    private func writeOffset(to text: inout DigitWriter) {
        if isOffsetApart { text.mark(" ") }
        switch spelling {
        case .none: return
        case .word(let word): for scalar in word.rawValue.unicodeScalars { text.mark(scalar) }
        case .hours, .compact, .colon:
            let minutes = abs(offset) / 60
            text.mark(offset < 0 ? "-" : "+")
            text.number(minutes / 60, width: 2)
            // A row's own offset is of whole hours where it is written as such.
            guard spelling != .hours || minutes % 60 > 0 else { return }
            if spelling == .colon { text.mark(":") }
            text.number(minutes % 60, width: 2)
        }
    }

    /// The same with so many digits after the second, 0…9.
    package func with(fractionDigits: Int) -> TimeForm {
        var form = self
        form.fractionDigits = fractionDigits
        return form
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
    mutating func number(_ value: Int, width: Int) {
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

    /// Cut off after so many digits, or with zeros at its end.
    mutating func fraction(milliseconds: Int, digits: Int) {
        var rest = milliseconds
        for _ in 0..<digits {
            buffer[count] = 0x30 + UInt8(rest / 100)
            rest = rest % 100 * 10
            count += 1
        }
    }
}

/// Reads ASCII digits and marks from the front of a text.
private struct TimeReader {
    private static let longestZone = 40
    private static let mostFractionDigits = 9

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    var atEnd: Bool { position == bytes.count }

    var first: UInt8? { atEnd ? nil : bytes[position] }

    var atDigit: Bool { first.map { (0x30...0x39).contains($0) } ?? false }

    mutating func skip(_ mark: Unicode.Scalar) -> Bool {
        guard first == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    mutating func skip(_ word: String) -> Bool {
        let word = word.utf8
        guard bytes[position...].starts(with: word) else { return false }
        position += word.count
        return true
    }

    /// - Returns: false where there is none.
    mutating func skipDigits() -> Bool {
        let start = position
        while atDigit { position += 1 }
        return position > start
    }

    mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard atDigit else { return nil }
            value = value * 10 + Int(bytes[position] - 0x30)
            position += 1
        }
        return value
    }

    /// One to nine digits; of those past the third only the number counts.
    mutating func fraction() -> (milliseconds: Int, digits: Int)? {
        var value = 0
        var digits = 0
        while atDigit {
            if digits < 3 { value = value * 10 + Int(bytes[position] - 0x30) }
            digits += 1
            position += 1
        }
        guard (1...Self.mostFractionDigits).contains(digits) else { return nil }
        return (digits == 1 ? value * 100 : digits == 2 ? value * 10 : value, digits)
    }

    /// `KST`, `Asia/Seoul`, `+09`: what Go and Java call zones.
    mutating func zoneName() -> String? {
        let start = position
        while let byte = first, Self.isOfZone(byte) { position += 1 }
        guard (1...Self.longestZone).contains(position - start), bytes[start] < 0x30 || bytes[start] > 0x39 else {
            return nil
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func isOfZone(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), 0x30...0x39,
            UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

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

/// The provider's time, and that of most who read it.
package enum KoreanTime {
    /// Seconds east of UTC, all the year.
    package static let offset = 9 * 3600
}
