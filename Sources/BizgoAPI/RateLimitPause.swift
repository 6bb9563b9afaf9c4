/// The `Retry-After` of an answer 429, which is unverified for this provider: it is honoured where it makes sense.
enum RateLimitPause {
    static let longest = Duration.seconds(60)

    /// - Returns: nil for anything but a finite number of seconds from 0 on, an HTTP date included.
    static func duration(_ text: String?) -> Duration? {
        // Swift would also read "0x10", "nan" and "inf".
        guard let words = text?.split(separator: " "), words.count == 1,
            words[0].utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }),
            let seconds = Double(words[0]), seconds.isFinite, seconds >= 0
        else { return nil }
        return min(.milliseconds(Int64(min(seconds, 3600) * 1000)), longest)
    }
}
