internal import Reconciliation

/// HTML in which only literals stand as they are: what is interpolated is made safe (`SafeText`), shown where it would
/// be hidden (`LogText`) and escaped.
struct Markup: ExpressibleByStringInterpolation, Equatable {
    private(set) var html: String

    init(stringLiteral value: String) {
        html = value
    }

    init(stringInterpolation: Interpolation) {
        html = stringInterpolation.html
    }

    init(joining parts: some Sequence<Markup>) {
        html = parts.map(\.html).joined()
    }

    struct Interpolation: StringInterpolationProtocol {
        fileprivate var html = ""

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { html += literal }

        /// Foreign text.
        mutating func appendInterpolation(_ text: String) {
            appendInterpolation(own: SafeText.clean(text))
        }

        /// Text of our own making, which may hold many digits: numbers and times.
        mutating func appendInterpolation(own text: String) { html += Markup.escaped(LogText.visible(text)) }

        mutating func appendInterpolation(_ number: Int) { html += NumberText.grouped(number) }

        mutating func appendInterpolation(_ markup: Markup) { html += markup.html }

        mutating func appendInterpolation(_ parts: [Markup]) { html += Markup(joining: parts).html }
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
