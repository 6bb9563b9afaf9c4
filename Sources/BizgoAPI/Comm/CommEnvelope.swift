import FoundationEssentials

/// What wraps every answer: `{"common":{"authCode","authResult","infobankTrId"},"data":{"code","result","data":…}}`.
/// The two wordings are never read, so they can never be repeated.
struct CommEnvelope: Decodable {
    /// Nil when there is none.
    let gatewayCode: ServiceCode?
    /// Nil when there is none; `data` may be missing altogether.
    let serviceCode: ServiceCode?
    /// `infobankTrId`, if it is of harmless length and characters.
    let transactionID: String?
    /// The inner `data`, with both its possible lists; an error when it, or one of them, is something else, and a
    /// `CommContentError` where that has a name.
    let content: Result<CommContent, any Error>

    /// - Returns: nil when the bytes are no JSON object. Of an object what is not as documented is left out.
    static func read(_ body: [UInt8]) -> CommEnvelope? {
        try? JSONDecoder().decode(CommEnvelope.self, from: Data(body))
    }

    private enum CodingKeys: String, CodingKey {
        case common
        case data
    }

    private enum CommonKeys: String, CodingKey {
        case authCode
        case infobankTrId
    }

    private enum DataKeys: String, CodingKey {
        case code
        case data
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let common = try? container.nestedContainer(keyedBy: CommonKeys.self, forKey: .common)
        gatewayCode = common?.textOrNil(.authCode).flatMap { $0.isEmpty ? nil : ServiceCode(layer: .gateway, text: $0) }
        transactionID = common?.textOrNil(.infobankTrId).flatMap(Self.harmless)
        let data = try? container.nestedContainer(keyedBy: DataKeys.self, forKey: .data)
        serviceCode = data?.textOrNil(.code).flatMap { $0.isEmpty ? nil : ServiceCode(layer: .service, text: $0) }
        content = Result {
            guard let data, data.contains(.data) else { return CommContent() }
            // An explicit null is the provider's way to say "nothing": its own SDK reads it so.
            return try data.decodeNil(forKey: .data) ? .nothing : data.decode(CommContent.self, forKey: .data)
        }
    }

    private static func harmless(_ text: String) -> String? {
        guard !text.isEmpty, text.utf8.count <= 64 else { return nil }
        let isHarmless = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isHarmless ? text : nil
    }
}

/// The inner `data` of all answers.
struct CommContent: Decodable {
    /// Nil when there is no such list, which says nothing; a list that is null is empty, which says "nothing yet".
    var report: [CommEntry]?
    var messages: [CommEntry]?
    /// Of a page of the history.
    var lastSeq: Int64?
    var hasNext: Bool?
    /// Of a polled batch.
    var reportId: String?

    static let nothing = CommContent(report: [], messages: [])

    private enum CodingKeys: String, CodingKey {
        case report
        case messages
        case lastSeq
        case hasNext
        case reportId
    }

    init(report: [CommEntry]? = nil, messages: [CommEntry]? = nil) {
        self.report = report
        self.messages = messages
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func list(_ key: CodingKeys) throws -> [CommEntry]? {
            guard container.contains(key) else { return nil }
            return try container.decodeIfPresent([CommEntry].self, forKey: key) ?? []
        }
        report = try list(.report)
        messages = try list(.messages)
        lastSeq = container.textOrNil(.lastSeq).flatMap { Int64($0) }
        hasNext = try? container.decodeIfPresent(Bool.self, forKey: .hasNext)
        reportId = container.textOrNil(.reportId)
    }

    var isEmpty: Bool { (report ?? []).isEmpty && (messages ?? []).isEmpty }
}
