internal import Reconciliation

/// HTML in which only literals stand as they are: what is interpolated is made safe (`Redaction`), shown where it would
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
            appendInterpolation(own: Redaction.clean(text))
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

/// A table with a caption for those who do not see it, headers for rows and columns, and room to be scrolled.
struct PageTable {
    struct Column {
        enum Kind {
            case text
            /// Of many words: wide enough to be read on a phone.
            case prose
            case number
        }

        var title: String
        var kind: Kind

        static func text(_ title: String) -> Column { Column(title: title, kind: .text) }
        static func prose(_ title: String) -> Column { Column(title: title, kind: .prose) }
        static func number(_ title: String) -> Column { Column(title: title, kind: .number) }
    }

    var caption: String
    var columns: [Column]
    /// The first cell of a row is its header.
    var rows: [[Markup]]

    var markup: Markup {
        let head = columns.map { column -> Markup in
            "<th scope=\"col\"\(Self.style(column))>\(column.title)</th>"
        }
        return """
            <div class="wide" role="region" aria-label="\(caption)" tabindex="0"><table>
            <caption>\(caption)</caption>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(rows.map(row))</tbody>
            </table></div>

            """
    }

    private func row(_ cells: [Markup]) -> Markup {
        let parts = zip(columns, cells).enumerated().map { index, pair -> Markup in
            index == 0
                ? "<th scope=\"row\"\(Self.style(pair.0))>\(pair.1)</th>"
                : "<td\(Self.style(pair.0))>\(pair.1)</td>"
        }
        return "<tr>\(parts)</tr>\n"
    }

    private static func style(_ column: Column) -> Markup {
        switch column.kind {
        case .text: ""
        case .prose: " class=\"prose\""
        case .number: " class=\"n\""
        }
    }
}
