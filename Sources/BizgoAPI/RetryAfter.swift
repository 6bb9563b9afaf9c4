/// The `Retry-After` of an answer 429, which is unverified for this provider: it is honoured where it makes sense.
enum RetryAfter {
    static let longest = Duration.seconds(60)

    /// - Returns: nil for anything but a number of seconds, an HTTP date included.
    static func duration(_ text: String?) -> Duration? {
        guard let text = text?.utf8.drop(while: { $0 == 0x20 }), !text.isEmpty,
            text.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") || $0 == 0x20 }),
            let seconds = Double(String(decoding: text.prefix { $0 != 0x20 }, as: UTF8.self)), seconds.isFinite
        else { return nil }
        return min(.milliseconds(Int64(min(seconds, 3600) * 1000)), longest)
    }
}
