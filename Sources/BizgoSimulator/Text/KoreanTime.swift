/// Korean time (+09:00 all year) written and read by hand: a report is formatted on every request.
enum KoreanTime {
    static let offsetMilliseconds: Int64 = 9 * 3_600_000
    static let dayMilliseconds: Int64 = 86_400_000

    /// `2026-01-12T11:00:00+09:00`, with `.123` before the offset where asked.
    static func append(_ time: Int64, milliseconds: Bool, to bytes: inout [UInt8]) {
        let parts = Parts(time)
        year(parts, &bytes)
        figures("-", parts.month, &bytes)
        figures("-", parts.day, &bytes)
        figures("T", parts.hour, &bytes)
        figures(":", parts.minute, &bytes)
        figures(":", parts.second, &bytes)
        if milliseconds {
            bytes.append(UInt8(ascii: "."))
            thousandths(parts, &bytes)
        }
        figures("+", offsetMilliseconds / 3_600_000, &bytes)
        figures(":", 0, &bytes)
    }

    /// `yyyyMMddHHmmssSSS`, the way message keys begin.
    static func compact(_ time: Int64) -> String {
        let parts = Parts(time)
        var bytes: [UInt8] = []
        year(parts, &bytes)
        for value in [parts.month, parts.day, parts.hour, parts.minute, parts.second] { figures(value, &bytes) }
        thousandths(parts, &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `yyyy-MM-dd HH:mm:ss`, as consoles write it.
    static func plain(_ time: Int64) -> String {
        var bytes: [UInt8] = []
        append(time, milliseconds: false, to: &bytes)
        bytes[10] = UInt8(ascii: " ")
        return String(decoding: bytes.prefix(19), as: UTF8.self)
    }

    /// Midnight in Korea of a day `yyyyMMdd`.
    static func day(_ text: String) -> Int64? {
        let text = Array(text.utf8)
        guard text.count == 8 else { return nil }
        let parts = [text[0..<4], text[4..<6], text[6..<8]].map { String(decoding: $0, as: UTF8.self) }
        return parse(parts.joined(separator: "-") + "T00:00:00")
    }

    /// Midnight in Korea of the day that `time` is in.
    static func startOfDay(_ time: Int64) -> Int64 {
        let local = time + offsetMilliseconds
        return local - remainder(local, dayMilliseconds) - offsetMilliseconds
    }

    /// Reads `yyyy-MM-ddTHH:mm:ss`, Korean unless `Z` or `±hh:mm` follows; a fraction may stand before that.
    static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 19, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), (1...12).contains(month),
            let day = number(bytes[8..<10]), (1...31).contains(day), let hour = number(bytes[11..<13]), hour < 24,
            let minute = number(bytes[14..<16]), minute < 60, let second = number(bytes[17..<19]), second < 60
        else { return nil }
        var rest = bytes[19...]
        var fraction: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let figures = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let value = number((Array(figures.prefix(3)) + [48, 48, 48]).prefix(3)[...]) else { return nil }
            fraction = value
            rest = rest.dropFirst(1 + figures.count)
        }
        guard let offset = zone(rest) else { return nil }
        let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
        return seconds * 1000 + fraction - offset
    }

    private static func zone(_ text: ArraySlice<UInt8>) -> Int64? {
        let text = Array(text)
        if text.isEmpty { return offsetMilliseconds }
        if text == [UInt8(ascii: "Z")] { return 0 }
        guard text.count == 6, text[3] == UInt8(ascii: ":"), let hours = number(text[1..<3]),
            let minutes = number(text[4..<6])
        else { return nil }
        let value = (hours * 60 + minutes) * 60_000
        return text[0] == UInt8(ascii: "+") ? value : text[0] == UInt8(ascii: "-") ? -value : nil
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 48)
        }
        return value
    }

    private static func year(_ parts: Parts, _ bytes: inout [UInt8]) {
        figures(parts.year / 100, &bytes)
        figures(parts.year % 100, &bytes)
    }

    private static func thousandths(_ parts: Parts, _ bytes: inout [UInt8]) {
        bytes.append(48 + UInt8(truncatingIfNeeded: parts.millisecond / 100))
        figures(parts.millisecond % 100, &bytes)
    }

    private static func figures(_ mark: Unicode.Scalar, _ value: Int64, _ bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: mark))
        figures(value, &bytes)
    }

    /// A number below 100 in two figures.
    private static func figures(_ value: Int64, _ bytes: inout [UInt8]) {
        bytes.append(48 + UInt8(truncatingIfNeeded: value / 10))
        bytes.append(48 + UInt8(truncatingIfNeeded: value % 10))
    }

    private static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }

    // Days since 1970-01-01 of a civil date and back (H. Hinnant, "chrono-compatible low-level date algorithms").
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private struct Parts {
        let year, month, day, hour, minute, second, millisecond: Int64

        init(_ time: Int64) {
            let local = time + KoreanTime.offsetMilliseconds
            let inDay = KoreanTime.remainder(local, KoreanTime.dayMilliseconds)
            let z = (local - inDay) / KoreanTime.dayMilliseconds + 719_468
            let era = (z >= 0 ? z : z - 146_096) / 146_097
            let dayOfEra = z - era * 146_097
            let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let shifted = (5 * dayOfYear + 2) / 153
            day = dayOfYear - (153 * shifted + 2) / 5 + 1
            month = shifted < 10 ? shifted + 3 : shifted - 9
            year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
            hour = inDay / 3_600_000
            minute = inDay / 60_000 % 60
            second = inDay / 1000 % 60
            millisecond = inDay % 1000
        }
    }
}
