/// The provider's wording made fit for one line of a database column: control characters become spaces, what else is
/// hidden is dropped, runs of digits that could be a telephone number are blotted out, and the length is bounded.
///
/// That is eight digits and more, also with up to three characters between them that are neither letters nor digits: be
/// it any number with hyphens, dots and spaces, or one that begins as it is dialled (0, 82) with others. `450/600, 10m`
/// is none.
package enum Redaction {
    package static let maximumCharacters = 300
    /// Digits of a telephone number (ITU-T E.164). In wording, any that many or more are taken for one; a text that is
    /// nothing but more than that many is an identifier.
    package static let telephoneDigits = 8...15
    private static let longestSeparator = 3

    package static func clean(_ text: String) -> String {
        isHarmless(text.utf8) ? text : cleaned(text)
    }

    /// Short, and of ASCII letters and marks only.
    private static func isHarmless(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.count <= maximumCharacters
            && bytes.allSatisfy { (0x20...0x2f).contains($0) || (0x3a...0x7e).contains($0) }
    }

    private static func areUsual(_ separators: Substring) -> Bool {
        separators.allSatisfy { separator in
            separator == "." || separator == "．" || separator.isWhitespace
                || separator.unicodeScalars.allSatisfy { $0.properties.generalCategory == .dashPunctuation }
        }
    }

    private static func cleaned(_ text: String) -> String {
        var result = ""
        var digits = ""  // a run that may turn out to be a telephone number, separators included
        var digitCount = 0
        var separatorCount = 0  // since the last digit
        var isPlain = true  // with no separators but usual ones
        func flushed() -> String {
            let first = digits.lazy.compactMap(\.wholeNumberValue).prefix(2)
            let couldBeDialled = isPlain || first.first == 0 || first.elementsEqual([8, 2])
            guard digitCount >= telephoneDigits.lowerBound, couldBeDialled else { return digits }
            let trailing = digits.reversed().prefix { !$0.isNumber }
            return "…" + String(trailing.reversed())
        }
        for scalar in text.unicodeScalars {
            let isControl =
                scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}"
            if scalar.isHidden, !isControl { continue }
            let character = Character(isControl ? " " : scalar)
            if character.isNumber {
                isPlain = isPlain && areUsual(digits.suffix(separatorCount))
                digits.append(character)
                digitCount += 1
                separatorCount = 0
            } else if digitCount > 0, separatorCount < longestSeparator, !character.isLetter {
                digits.append(character)
                separatorCount += 1
            } else {
                result += flushed()
                digits = ""
                digitCount = 0
                separatorCount = 0
                isPlain = true
                result.unicodeScalars.append(isControl ? " " : scalar)
            }
        }
        result += flushed()
        guard result.count > maximumCharacters else { return result }
        return result.prefix(maximumCharacters - 1) + "…"
    }
}

extension Unicode.Scalar {
    /// Whether nobody sees it, or it changes how its neighbours are seen: control characters, line ends, what turns the
    /// direction of writing, what has no width, blank letters, tags. Foreign text is freed of them where it is kept
    /// (`Redaction`); log, output and pages show them as escapes.
    ///
    /// Joiners (U+200C, U+200D) are hidden as well: Korean has none, and an emoji without its joiners is seen as its
    /// parts. U+FE0E and U+FE0F are not, for they only choose between the two looks of an emoji.
    package var isHidden: Bool {
        if isASCII { return value < 0x20 || value == 0x7f }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: properties.isDefaultIgnorableCodePoint && !(0xfe0e...0xfe0f).contains(value)
        }
    }
}

extension Redaction {
    /// In quotes, on one line whatever is in it, at most 40 characters.
    package static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.prefix(40).map { scalar in
            scalar == "\"" || scalar == "\\" ? "\\\(scalar)" : visible(scalar)
        }
        return "\"\(escaped.joined())\(text.unicodeScalars.count > 40 ? "…" : "")\""
    }

    /// On one line whatever is in it, otherwise as it is.
    package static func oneLine(_ text: String) -> String { text.unicodeScalars.map(visible).joined() }

    private static func visible(_ scalar: Unicode.Scalar) -> String {
        scalar.isHidden || scalar.properties.generalCategory == .unassigned
            ? "\\u{\(String(scalar.value, radix: 16))}" : String(Character(scalar))
    }
}
