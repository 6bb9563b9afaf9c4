extension ServiceCodeTable {
    /// Nil for a code that is not in the table.
    package static func entry(for code: String, in layer: EnvelopeLayer) -> ServiceCodeEntry? {
        index[layer]?[code]
    }

    /// Every entry, in the table's order.
    package static let entries: [ServiceCodeEntry] = lines.split(separator: "\n").map { line in
        let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard columns.count == 5, let layer = EnvelopeLayer(rawValue: columns[0]),
            let meaning = ServiceCodeClass(rawValue: columns[3])
        else {
            preconditionFailure("service-codes.tsv: a line is not layer, code, status, known class, gloss: \(line)")
        }
        return ServiceCodeEntry(
            layer: layer, code: columns[1], status: Int(columns[2]), meaning: meaning, gloss: columns[4])
    }

    private static let index: [EnvelopeLayer: [String: ServiceCodeEntry]] =
        Dictionary(grouping: entries, by: \.layer).mapValues { entries in
            Dictionary(entries.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
        }
}
