/// The envelope has two layers, and the same code means different things in them: `A401` is a refused key at the
/// gateway, and a bad `paymentCode` at the service.
package enum EnvelopeLayer: String, CaseIterable, Sendable {
    case gateway
    case service
}

/// The classes of `service-codes.tsv`.
package enum ServiceCodeClass: String, CaseIterable, Sendable {
    case success
    case auth
    case rateLimit = "rate-limit"
    case request
    case notPermitted = "not-permitted"
    case noData = "no-data"
    case transient
    case duplicate
    case unknown
}

/// One line of the table.
package struct ServiceCodeEntry: Equatable, Sendable {
    package let layer: EnvelopeLayer
    package let code: String
    /// The HTTP status it is documented with; the gateway's have none.
    package let status: Int?
    package let meaning: ServiceCodeClass
    package let gloss: String
}

/// A code with its layer.
struct ServiceCode: Equatable, Sendable {
    static let success = "A000"
    /// Generation `omni`: token out of date; token invalid; not authorized. The last is another code of the service's,
    /// about payment codes, which no question of ours has any of.
    static let tokenRefusals: Set<String> = ["A001", "A002", "A401"]

    let layer: EnvelopeLayer
    let text: String

    var entry: ServiceCodeEntry? { ServiceCodeTable.entry(for: text, in: layer) }

    /// Nil for a code that is not in the table.
    var meaning: ServiceCodeClass? { entry?.meaning }

    /// A batch of reports by that id is not there, or not there any more.
    var isUnknownReportID: Bool { layer == .service && text == "A802" }

    /// The key may not fetch reports.
    var isAboutPolling: Bool { layer == .service && text == "A801" }

    /// What to do about it, where that is not plain from the gloss.
    var remedy: String? {
        guard isAboutPolling else { return nil }
        return "the provider's console says WEBHOOK for this key: set its report method to POLLING there, or"
            + " api.report_method to \"webhook\""
    }

    /// `gateway A401: API key missing or refused`. A text that does not look like a code is not repeated: it
    /// could be anything.
    var description: String {
        if let entry { return "\(layer.rawValue) \(entry.code): \(entry.gloss)" }
        let looksLikeCode = text.utf8.count == 4 && text.utf8.first.map { (0x41...0x5a).contains($0) } == true
        guard looksLikeCode, text.utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) }) else {
            return "\(layer.rawValue): a code that is not one"
        }
        return "\(layer.rawValue) \(text): not a documented code"
    }
}

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
