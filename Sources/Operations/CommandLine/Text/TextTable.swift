/// Columns aligned by their widest cell; the last one is not padded. Cells may hold foreign text.
package enum TextTable {
    package static func lines(_ heading: [String], _ rows: [[String]]) -> [String] {
        let all = ([heading] + rows).map { $0.map(LogText.visible) }
        let widths = heading.indices.map { column in all.map { $0[column].width }.max() ?? 0 }
        return all.map { row in
            row.indices.map { column in
                let isLast = column == row.count - 1
                return isLast
                    ? row[column] : row[column] + String(repeating: " ", count: widths[column] - row[column].width)
            }.joined(separator: "  ")
        }
    }
}

extension String {
    /// Columns on a terminal: Hangul and other wide characters take two.
    fileprivate var width: Int {
        unicodeScalars.reduce(0) { sum, scalar in
            let value = scalar.value
            let isWide =
                (0x1100...0x115f).contains(value) || (0x2e80...0xa4cf).contains(value)
                || (0xac00...0xd7a3).contains(value) || (0xf900...0xfaff).contains(value)
                || (0xfe30...0xfe6f).contains(value) || (0xff00...0xff60).contains(value)
            return sum + (isWide ? 2 : 1)
        }
    }
}
