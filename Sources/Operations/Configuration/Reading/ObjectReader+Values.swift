import Reconciliation

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
