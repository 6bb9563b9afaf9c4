internal import Reconciliation

/// `time_zone`, and `store.time_zone`: zones without daylight saving only, because the times that the latter explains carry
/// no offset.
enum TimeZoneText {
    static func read(_ value: ConfigValue) throws(Refusal) -> Int {
        guard case .string(let text) = value, let offset = parse(text) else {
            throw .expected("an offset such as \"+09:00\", \"Z\", or \"Asia/Seoul\"")
        }
        return offset
    }

    /// Seconds east of UTC of `"+09:00"`, `"Z"` or `"Asia/Seoul"` (+09:00 all year); nil for anything else.
    private static func parse(_ text: String) -> Int? {
        if text == "Z" { return 0 }
        if text == "Asia/Seoul" { return KoreanTime.offset }
        let bytes = Array(text.utf8)
        guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            bytes[3] == UInt8(ascii: ":")
        else { return nil }
        let digits = [1, 2, 4, 5].map { Int(bytes[$0]) - 0x30 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard hours * 60 + minutes <= 14 * 60, minutes < 60 else { return nil }
        return (bytes[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes) * 60
    }
}
