/// What a `%` and two hexadecimal figures stand for in an address.
package enum PercentEncoding {
    /// - Returns: nil for a `%` without two hexadecimal figures behind it.
    package static func decoded(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = figure(rest.popFirst()), let low = figure(rest.popFirst()) else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    private static func figure(_ byte: UInt8?) -> Int? { byte.flatMap { Character(Unicode.Scalar($0)).hexDigitValue } }
}
