internal import BizgoSimulator
internal import Glibc

// Reading single values; every error names the option and what it takes.
extension Options {
    static func number<Value>(
        _ name: String, _ value: String, _ expected: String, _ read: (String) -> Value?
    ) throws(UsageError) -> Value {
        guard let number = read(value) else { throw UsageError("\(name) '\(value)': expected \(expected)") }
        return number
    }

    static func rate(_ name: String, _ value: String) throws(UsageError) -> Double {
        try number(name, value, "a number, 0 or more") { Double($0).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } }
    }

    static func share(_ name: String, _ value: String) throws(UsageError) -> Double {
        try number(name, value, "a share from 0 to 1") { Double($0).flatMap { (0...1).contains($0) ? $0 : nil } }
    }

    static func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, _ value: String
    ) throws(UsageError) -> Value where Value.RawValue == String {
        let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return try number(name, value, "one of \(known)", Value.init)
    }

    /// Milliseconds. A bare number is seconds.
    static func duration(_ name: String, _ value: String) throws(UsageError) -> Int64 {
        try number(name, value, "a duration such as 500ms, 30s, 10m, 72h or 7d") { text in
            let units: [(String, Double)] = [
                ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1000),
            ]
            guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }),
                let amount = Double(text.dropLast(unit.count)), amount >= 0, amount * factor < 1e15
            else { return nil }
            return Int64(amount * factor)
        }
    }

    static func delay(_ name: String, _ value: String) throws(UsageError) -> DelayDistribution {
        guard let dots = value.firstRange(of: "..") else {
            return .fixed(milliseconds: try duration(name, value))
        }
        let low = try duration(name, String(value[..<dots.lowerBound]))
        let high = try duration(name, String(value[dots.upperBound...]))
        guard low <= high else { throw UsageError("\(name) '\(value)': the shorter duration comes first") }
        return .uniform(milliseconds: low...high)
    }

    static func key(_ name: String, _ value: String) throws(UsageError) -> String {
        guard !value.isEmpty, value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw UsageError("\(name): a key is visible ASCII without spaces")
        }
        return value
    }

    static func keyFile(_ name: String, _ path: String) throws(UsageError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw UsageError("\(name) '\(path)': \(String(cString: strerror(errno))); give a readable file")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        var text = String(decoding: bytes[..<max(0, count)], as: UTF8.self)
        if text.last?.isNewline == true { text.removeLast() }
        return try key(name, text)
    }
}
