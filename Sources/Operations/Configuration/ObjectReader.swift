internal import Reconciliation

/// Reads one object of the file by the keys that are known there. A key that cannot be read is reported and leaves the
/// caller's default; `finish()` then reports every key that nobody asked for.
final class ObjectReader {
    /// Dotted; empty for the file itself.
    let path: String
    private let findings: Findings
    private let line: Int?
    private var members: [String: ConfigMember] = [:]
    private var order: [String] = []
    private var known: [String] = []
    private var unsound: Set<String> = []

    init(_ members: [ConfigMember], path: String, line: Int?, findings: Findings) {
        self.path = path
        self.line = line
        self.findings = findings
        for member in members {
            if let first = self.members.updateValue(member, forKey: member.key) {
                findings.problem(
                    pathOf(member.key), line: member.line, "written twice, first on line \(first.line); keep one")
            } else {
                order.append(member.key)
            }
        }
    }

    /// The value of a known key, if it is there.
    func member(_ key: String) -> ConfigMember? {
        if !known.contains(key) { known.append(key) }
        return members[key]
    }

    /// Whether the key is there with something other than null.
    func isGiven(_ key: String) -> Bool {
        guard let member = member(key) else { return false }
        return member.node.value != .null
    }

    /// Whether a comparison of these keys means anything: none of them was refused.
    func isSound(_ keys: String...) -> Bool { unsound.isDisjoint(with: keys) }

    func problem(_ key: String, _ message: String) {
        unsound.insert(key)
        findings.problem(pathOf(key), line: lineOf(key), message)
    }

    func warning(_ key: String, _ message: String) {
        findings.warning(pathOf(key), line: lineOf(key), message)
    }

    /// Reports the first of `keys` that is written, so that a comparison names a line where there is one.
    func conflict(_ keys: String..., message: String) {
        problem(keys.first { members[$0] != nil } ?? keys[0], message)
    }

    /// The object at `key`; an empty one where it is missing, or is something else, which is reported.
    func section(_ key: String) -> ObjectReader {
        guard let member = member(key) else {
            return ObjectReader([], path: pathOf(key), line: line, findings: findings)
        }
        guard case .object(let members) = member.node.value else {
            problem(key, "expected an object { … }, found \(member.node.value.summary(hidden: false))")
            return ObjectReader([], path: pathOf(key), line: member.line, findings: findings)
        }
        return ObjectReader(members, path: pathOf(key), line: member.line, findings: findings)
    }

    /// The objects in the list at `key`; nil where the key is missing or refused. Elements that are not objects are
    /// reported and left out.
    func sections(_ key: String) -> [ObjectReader]? {
        guard let member = member(key) else { return nil }
        guard case .array(let elements) = member.node.value else {
            problem(key, "expected a list [ … ], found \(member.node.value.summary(hidden: true))")
            return nil
        }
        return elements.enumerated().compactMap { index, element in
            let path = "\(pathOf(key))[\(index)]"
            guard case .object(let members) = element.value else {
                findings.problem(
                    path, line: element.line, "expected an object { … }, found \(element.value.summary(hidden: true))")
                return nil
            }
            return ObjectReader(members, path: path, line: element.line, findings: findings)
        }
    }

    /// Reports keys that nobody asked for.
    func finish() {
        for key in order where !known.contains(key) {
            let hint =
                NearestKey.to(key, among: known).map { "did you mean \($0)?" }
                ?? "known here: \(known.sorted().joined(separator: ", "))"
            findings.problem(pathOf(key), line: members[key]?.line, "unknown key; \(hint)")
        }
    }

    private func lineOf(_ key: String) -> Int? { members[key]?.line ?? line }

    private func pathOf(_ key: String) -> String {
        let isPlain =
            !key.isEmpty && key.utf8.count <= 64
            && key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        let shown = isPlain ? key : ConfigValue.quoted(key)
        return path.isEmpty ? shown : "\(path).\(shown)"
    }
}

/// One function a kind of value. All return `otherwise` where the key is missing or refused.
extension ObjectReader {
    /// The value of `key` as `convert` reads it. `hidden` where the value could be a secret: it is then never shown.
    func value<T>(
        _ key: String, otherwise: T, hidden: Bool = false, _ convert: (ConfigValue) throws(Refusal) -> T
    ) -> T {
        guard let member = member(key) else { return otherwise }
        do throws(Refusal) {
            return try convert(member.node.value)
        } catch {
            switch error {
            case .because(let message): problem(key, message)
            case .expected(let what):
                problem(key, "expected \(what), found \(member.node.value.summary(hidden: hidden))")
            }
            return otherwise
        }
    }

    /// The same where null says "none".
    func optional<T>(
        _ key: String, otherwise: T?, hidden: Bool = false, _ convert: (ConfigValue) throws(Refusal) -> T
    ) -> T? {
        value(key, otherwise: otherwise, hidden: hidden) { value throws(Refusal) -> T? in
            value == .null ? nil : try convert(value)
        }
    }

    func boolean(_ key: String, otherwise: Bool) -> Bool {
        value(key, otherwise: otherwise) { value throws(Refusal) in
            guard case .boolean(let value) = value else { throw .expected("true or false") }
            return value
        }
    }

    func choice<T: RawRepresentable & CaseIterable>(_ key: String, otherwise: T) -> T where T.RawValue == String {
        value(key, otherwise: otherwise) { value throws(Refusal) in
            guard case .string(let text) = value, let choice = T(rawValue: text) else {
                throw .expected(T.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "))
            }
            return choice
        }
    }

    /// A finite number for which `isRight` holds; `what` describes it.
    func number(_ key: String, otherwise: Double, _ what: String, where isRight: (Double) -> Bool) -> Double {
        value(key, otherwise: otherwise) { value throws(Refusal) in
            guard case .number(let number) = value, number.isFinite, isRight(number) else { throw .expected(what) }
            return number
        }
    }

    func integer(_ key: String, otherwise: Int, in range: ClosedRange<Int>) -> Int {
        value(key, otherwise: otherwise) { value throws(Refusal) in
            guard case .number(let number) = value, let integer = Int(exactly: number), range.contains(integer) else {
                throw .expected("a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return integer
        }
    }

    /// A duration within the given bounds, zero excluded unless `allowsZero`.
    func duration(
        _ key: String, otherwise: Duration, allowsZero: Bool = false, atMost: Duration = DurationText.longest
    ) -> Duration {
        value(key, otherwise: otherwise) { value throws(Refusal) in
            guard case .string(let text) = value else {
                throw .expected("a duration such as \"500ms\", \"30s\", \"10m\", \"72h\" or \"7d\"")
            }
            let duration: Duration
            do throws(DurationTextError) {
                duration = try DurationText.parse(text)
            } catch {
                throw .because("\(error), found \(value.summary(hidden: false))")
            }
            if duration == .zero, !allowsZero { throw .expected("a duration longer than 0") }
            if duration > atMost { throw .expected("a duration of at most \"\(DurationText.format(atMost))\"") }
            return duration
        }
    }

    /// A name or word that is not empty and has no control characters.
    func word(_ key: String, otherwise: String) -> String {
        value(key, otherwise: otherwise) { value throws(Refusal) in try Self.word(value) }
    }

    /// The same, or null.
    func optionalWord(_ key: String, otherwise: String?) -> String? {
        optional(key, otherwise: otherwise) { value throws(Refusal) in try Self.word(value) }
    }

    /// Some such words, at least one; nil where the key is missing, null or refused.
    func words(_ key: String) -> [String]? {
        optional(key, otherwise: nil) { value throws(Refusal) in
            guard case .array(let elements) = value, !elements.isEmpty else {
                throw .expected("a list of at least one word, or null")
            }
            var words: [String] = []
            for element in elements { words.append(try Self.word(element.value)) }
            return words
        }
    }

    /// The path of a file, or null.
    ///
    /// `hidden` for the path of a secret: people put the secret itself there.
    func optionalFile(_ key: String, hidden: Bool = false) -> String? {
        optional(key, otherwise: nil, hidden: hidden) { value throws(Refusal) in try Self.file(value) }
    }

    func file(_ key: String, otherwise: String) -> String {
        value(key, otherwise: otherwise) { value throws(Refusal) in try Self.file(value) }
    }

    private static func word(_ value: ConfigValue) throws(Refusal) -> String {
        guard case .string(let text) = value, !text.isEmpty,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw .expected("a text that is not empty and has no control characters") }
        return text
    }

    private static func file(_ value: ConfigValue) throws(Refusal) -> String {
        guard case .string(let text) = value, !text.isEmpty, !text.utf8.contains(0) else {
            throw .expected("the path of a file")
        }
        if text.contains("://") || text.hasPrefix("file:") || text == ":memory:" {
            throw .because("expected the path of a file, found something else (a URL?)")
        }
        return text
    }
}

/// Why a value is not one for its key.
enum Refusal: Error, Equatable {
    /// `expected …`; what was found is added.
    case expected(String)
    /// The whole message.
    case because(String)
}

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

/// Guesses what somebody meant to write.
enum NearestKey {
    /// The known key closest to `key`; nil where none is close enough to be worth suggesting.
    static func to(_ key: String, among known: [String]) -> String? {
        let wanted = folded(key)
        let limit = max(2, wanted.count / 3)
        let best =
            known
            .map { (key: $0, distance: distance(wanted, folded($0))) }
            .min { $0.distance < $1.distance }
        if let best, best.distance <= limit, best.distance < wanted.count { return best.key }
        // `routing_key` for routing_key_file, `maximum` for max.
        return known.first { isBeginning(folded($0), wanted) || isBeginning(wanted, folded($0)) }
    }

    private static func isBeginning(_ short: [Character], _ long: [Character]) -> Bool {
        short.count >= 3 && long.starts(with: short)
    }

    /// `baseUrl`, `base-url` and `BASE_URL` are all `baseurl`.
    private static func folded(_ key: String) -> [Character] {
        key.lowercased().filter { $0 != "_" && $0 != "-" }.prefix(100).map { $0 }
    }

    /// Insertions, deletions and substitutions (Levenshtein).
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let substituted = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
