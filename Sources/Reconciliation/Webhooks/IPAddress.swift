/// An address of the internet protocol, of either version. An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) is that
/// IPv4 address: a socket that serves both shows it so.
package struct IPAddress: Hashable, Sendable {
    /// 4 or 16, the first one first.
    package let bytes: [UInt8]

    /// - Returns: nil for another number of bytes than 4 or 16.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let isMapped = bytes.count == 16 && bytes.prefix(12).elementsEqual(Self.mappingPrefix)
        self.bytes = Array(bytes.suffix(isMapped ? 4 : bytes.count))
    }

    /// Reads `192.0.2.1` or `2001:db8::1` (RFC 4291, 2.2), strictly: four decimal numbers without leading zeros; groups
    /// of one to four hexadecimal digits, `::` once at most, no zone.
    package init?(_ text: some StringProtocol) {
        let text = Array(text.utf8)
        // The longest there is: six groups and an IPv4 address.
        guard text.count <= 45,
            let bytes = text.contains(UInt8(ascii: ":")) ? Self.six(text[...]) : Self.four(text[...])
        else { return nil }
        self.init(bytes: bytes)
    }

    /// Whether only this machine reaches it.
    package var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    static let mappingPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

    private static func four(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap(decimal)
        return bytes.count == 4 ? bytes : nil
    }

    private static func decimal(_ digits: ArraySlice<UInt8>) -> UInt8? {
        guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        return UInt8(exactly: digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
    }

    private static func six(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let colon = UInt8(ascii: ":")
        guard let gap = text.indices.dropLast().first(where: { text[$0] == colon && text[$0 + 1] == colon }) else {
            return groups(text, mayEndInFour: true).flatMap { $0.count == 16 ? $0 : nil }
        }
        guard let before = groups(text[..<gap], mayEndInFour: false),
            let after = groups(text[(gap + 2)...], mayEndInFour: true), before.count + after.count <= 14
        else { return nil }
        return before + [UInt8](repeating: 0, count: 16 - before.count - after.count) + after
    }

    /// The groups between single colons; none for an empty text.
    private static func groups(_ text: ArraySlice<UInt8>, mayEndInFour: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if mayEndInFour, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let four = four(part) else { return nil }
                bytes += four
            } else {
                guard (1...4).contains(part.count), let group = hexadecimal(part) else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xff)]
            }
        }
        return bytes
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt16? {
        digits.reduce(0 as UInt16?) { value, digit in
            guard let value, let figure = Character(Unicode.Scalar(digit)).hexDigitValue, digit < 0x80 else {
                return nil
            }
            return value << 4 | UInt16(figure)
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// As RFC 5952 writes it: `192.0.2.1`, `2001:db8::1`.
    package var description: String {
        guard bytes.count == 16 else { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        let words = groups.map { String($0, radix: 16) }
        guard let gap = Self.longestGap(groups) else { return words.joined(separator: ":") }
        return words[..<gap.lowerBound].joined(separator: ":") + "::"
            + words[gap.upperBound...].joined(separator: ":")
    }

    /// The first of the longest runs of zeros; nil where none has two.
    private static func longestGap(_ groups: [UInt16]) -> Range<Int>? {
        var longest: Range<Int>?
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start >= 2, end - start > longest?.count ?? 0 { longest = start..<end }
            start = end + 1
        }
        return longest
    }
}

/// One address, or all that begin alike (`192.0.2.0/24`; RFC 4632).
package struct AddressRange: Hashable, Sendable {
    private let base: IPAddress
    /// So many bits of an address count.
    private let prefix: Int

    /// Reads an address, or one with `/` and the number of bits that count. Those that do not are zero: who writes
    /// `192.0.2.7/24` may have meant either. Of a range of mapped IPv4 addresses the bits of the mapping are taken off.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = IPAddress(parts[0]) else { return nil }
        let bits = base.bytes.count * 8
        let written = parts[0].utf8.contains(UInt8(ascii: ":")) ? 128 : 32
        var prefix = bits
        if parts.count == 2 {
            let digits = parts[1].utf8
            guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
                digits.count == 1 || digits.first != UInt8(ascii: "0"), let number = Int(parts[1]),
                (written - bits...written).contains(number)
            else { return nil }
            prefix = number - (written - bits)
        }
        self.base = base
        self.prefix = prefix
        guard (prefix..<bits).allSatisfy({ base.bytes[$0 / 8] & (0x80 >> UInt8($0 % 8)) == 0 }) else { return nil }
    }

    /// Whether all addresses of its version are in it.
    package var isEverybody: Bool { prefix == 0 }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        let whole = prefix / 8
        guard address.bytes.prefix(whole).elementsEqual(base.bytes.prefix(whole)) else { return false }
        guard prefix % 8 > 0 else { return true }
        let mask = ~(0xff as UInt8 >> UInt8(prefix % 8))
        return (address.bytes[whole] ^ base.bytes[whole]) & mask == 0
    }
}

extension AddressRange: CustomStringConvertible {
    package var description: String { prefix == base.bytes.count * 8 ? "\(base)" : "\(base)/\(prefix)" }
}

extension [AddressRange] {
    package func contain(_ address: IPAddress) -> Bool { contains { $0.contains(address) } }
}
