/// Numbers.
extension JSON5Parser {
    mutating func number() throws(JSON5Error) -> Double {
        var sign = 1.0
        if current == "+" || current == "-" {
            sign = current == "-" ? -1 : 1
            advance()
        }
        let value: Double
        if current == "I" || current == "N" {
            switch try identifier("expected a number") {
            case "Infinity": value = .infinity
            case "NaN": value = .nan
            default: throw error("expected a number")
            }
        } else if current == "0", next == "x" || next == "X" {
            value = try hexadecimalNumber()
        } else {
            value = try decimalNumber()
        }
        if let current, Self.continuesName(current, isFirst: false) || current == "." {
            throw unexpected("expected the end of a number (a text needs quotes)")
        }
        return sign * value
    }

    private mutating func hexadecimalNumber() throws(JSON5Error) -> Double {
        advance()
        advance()
        var value = 0.0
        var count = 0
        while let scalar = current, scalar.isASCII, let digit = Character(scalar).hexDigitValue {
            value = value * 16 + Double(digit)
            count += 1
            advance()
        }
        if count == 0 { throw unexpected("expected a hexadecimal digit") }
        return value
    }

    private mutating func decimalNumber() throws(JSON5Error) -> Double {
        let whole = digits()
        if whole.count > 1, whole.hasPrefix("0") { throw error("a number that begins with 0") }
        var fraction = ""
        if current == "." {
            advance()
            fraction = digits()
        }
        if whole.isEmpty, fraction.isEmpty { throw unexpected("expected a digit") }
        var exponent = ""
        if current == "e" || current == "E" {
            advance()
            if let sign = current, sign == "+" || sign == "-" {
                exponent.unicodeScalars.append(sign)
                advance()
            }
            let power = digits()
            if power.isEmpty { throw unexpected("expected the digits of an exponent") }
            exponent += power
        }
        let text =
            "\(whole.isEmpty ? "0" : whole).\(fraction.isEmpty ? "0" : fraction)e\(exponent.isEmpty ? "0" : exponent)"
        // Too large becomes infinity, too small zero; both then fail the range of their key.
        return Double(text) ?? (exponent.hasPrefix("-") ? 0 : .infinity)
    }

    private mutating func digits() -> String {
        var text = ""
        while let scalar = current, ("0"..."9").contains(scalar) {
            text.unicodeScalars.append(scalar)
            advance()
        }
        return text
    }
}
