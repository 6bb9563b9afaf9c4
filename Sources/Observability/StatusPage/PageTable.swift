/// A table with a caption for those who do not see it, headers for rows and columns, and room to be scrolled.
struct PageTable {
    struct Column {
        var title: String
        var isNumber = false

        static func text(_ title: String) -> Column { Column(title: title) }
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    var caption: String
    var columns: [Column]
    /// The first cell of a row is its header.
    var rows: [[Markup]]

    var markup: Markup {
        let head = columns.map { column -> Markup in
            "<th scope=\"col\"\(Self.alignment(column))>\(column.title)</th>"
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
                ? "<th scope=\"row\"\(Self.alignment(pair.0))>\(pair.1)</th>"
                : "<td\(Self.alignment(pair.0))>\(pair.1)</td>"
        }
        return "<tr>\(parts)</tr>\n"
    }

    private static func alignment(_ column: Column) -> Markup {
        column.isNumber ? " class=\"n\"" : ""
    }
}
