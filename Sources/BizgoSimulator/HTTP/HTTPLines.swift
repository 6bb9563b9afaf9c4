/// The lines of an HTTP head, without their ends.
struct HTTPLines: IteratorProtocol {
    typealias Line = Slice<UnsafeBufferPointer<UInt8>>

    private var rest: Line

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        rest = bytes[...]
    }

    mutating func next() -> Line? {
        guard let end = rest.firstIndex(of: 10) else { return nil }
        var line = rest[rest.startIndex..<end]
        if line.last == 13 { line = line.dropLast() }
        rest = rest[(end + 1)...]
        return line
    }

    static func trimmed(_ text: Line) -> Line {
        var text = text
        while let first = text.first, first == 32 || first == 9 { text = text.dropFirst() }
        while let last = text.last, last == 32 || last == 9 { text = text.dropLast() }
        return text
    }

    /// Compares with an ASCII word in lower case.
    static func equal(_ text: Line, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        var pointer = word.utf8Start
        for byte in text {
            let lower = (65...90).contains(byte) ? byte | 0x20 : byte
            guard lower == pointer.pointee else { return false }
            pointer += 1
        }
        return true
    }

    static func length(_ text: Line) -> Int? {
        guard (1...15).contains(text.count) else { return nil }
        var value = 0
        for byte in text {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        return value
    }
}
