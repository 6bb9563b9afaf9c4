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
