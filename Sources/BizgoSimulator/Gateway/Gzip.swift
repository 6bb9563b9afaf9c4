/// A gzip stream of one byte repeated, between two stored texts: small to send, huge to unpack. Written by hand so
/// that no compression library is needed.
enum Gzip {
    static func run(of byte: UInt8, count: Int, between prefix: [UInt8], and suffix: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        stored(prefix, isLast: false, &bytes)
        var bits = BitWriter(bytes: bytes)
        // A block with the fixed Huffman codes (RFC 1951, 3.2.6): the byte, then matches of 258 at distance 1.
        bits.write(0b010, 3)
        literal(byte, &bits)
        var left = count - 1
        while left >= 258 {
            bits.writeCode(0b1100_0101, 8)
            bits.writeCode(0, 5)
            left -= 258
        }
        for _ in 0..<max(0, left) { literal(byte, &bits) }
        bits.writeCode(0, 7)
        // An empty stored block aligns to a byte.
        bits.write(0, 3)
        bits.align()
        bytes = bits.bytes + [0, 0, 0xFF, 0xFF]
        stored(suffix, isLast: true, &bytes)
        let checksum = CRC32.of(prefix).appending(CRC32.run(of: byte, count: count)).appending(CRC32.of(suffix))
        let length = UInt32(truncatingIfNeeded: prefix.count + count + suffix.count)
        for value in [checksum.value, length] {
            for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        return bytes
    }

    private static func literal(_ byte: UInt8, _ bits: inout BitWriter) {
        if byte < 144 {
            bits.writeCode(0x30 + UInt32(byte), 8)
        } else {
            bits.writeCode(0x190 + UInt32(byte - 144), 9)
        }
    }

    private static func stored(_ text: [UInt8], isLast: Bool, _ bytes: inout [UInt8]) {
        let count = UInt16(text.count)
        bytes.append(isLast ? 1 : 0)
        for value in [count, ~count] {
            bytes.append(UInt8(value & 255))
            bytes.append(UInt8(value >> 8))
        }
        bytes += text
    }
}

private struct BitWriter {
    private(set) var bytes: [UInt8]
    private var pending: UInt32 = 0
    private var count = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Lowest bit first.
    mutating func write(_ value: UInt32, _ width: Int) {
        pending |= value << UInt32(count)
        count += width
        while count >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            count -= 8
        }
    }

    /// Huffman codes go highest bit first.
    mutating func writeCode(_ code: UInt32, _ width: Int) {
        var reversed: UInt32 = 0
        for bit in 0..<width where code >> UInt32(bit) & 1 == 1 { reversed |= 1 << UInt32(width - 1 - bit) }
        write(reversed, width)
    }

    mutating func align() {
        if count > 0 { write(0, 8 - count) }
    }
}

/// The checksum of gzip, with the length it covers, so that two can be joined without going over the bytes again:
/// that makes the checksum of a long run a matter of doublings.
struct CRC32: Sendable, Equatable {
    var value: UInt32
    var length: Int

    private static let polynomial: UInt32 = 0xEDB8_8320

    static func of(_ bytes: [UInt8]) -> CRC32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ polynomial : crc >> 1 }
        }
        return CRC32(value: ~crc, length: bytes.count)
    }

    static func run(of byte: UInt8, count: Int) -> CRC32 {
        guard count > 0 else { return CRC32(value: 0, length: 0) }
        var result = CRC32(value: 0, length: 0)
        var power = of([byte])
        var left = count
        while left > 0 {
            if left & 1 == 1 { result = result.appending(power) }
            power = power.appending(power)
            left >>= 1
        }
        return result
    }

    /// The checksum of these bytes followed by the other's.
    func appending(_ other: CRC32) -> CRC32 {
        var matrix = Self.oneZeroBit
        // Eight zero bits are one zero byte; then squaring doubles the number of bytes.
        for _ in 0..<3 { matrix = Self.square(matrix) }
        var value = value
        var left = other.length
        while left > 0 {
            if left & 1 == 1 { value = Self.times(matrix, value) }
            matrix = Self.square(matrix)
            left >>= 1
        }
        return CRC32(value: value ^ other.value, length: length + other.length)
    }

    private static let oneZeroBit: [UInt32] = [polynomial] + (0..<31).map { 1 << UInt32($0) }

    private static func times(_ matrix: [UInt32], _ vector: UInt32) -> UInt32 {
        var sum: UInt32 = 0
        for bit in 0..<32 where vector >> UInt32(bit) & 1 == 1 { sum ^= matrix[bit] }
        return sum
    }

    private static func square(_ matrix: [UInt32]) -> [UInt32] {
        matrix.map { times(matrix, $0) }
    }
}
