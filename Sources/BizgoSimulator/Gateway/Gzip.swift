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
