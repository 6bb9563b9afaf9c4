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
