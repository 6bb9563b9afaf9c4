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
    /// The inner `data`, with both its possible lists; an error when it, or one of them, is something else.
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
        // Missing or null is the provider's way to say "nothing": its own SDK reads it so.
        content = Result { try data?.decodeIfPresent(CommContent.self, forKey: .data) ?? CommContent() }
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

/// The inner `data` of the two inquiries. A list that is missing, null or empty has nothing in it.
struct CommContent: Decodable {
    var report: [CommEntry]?
    var messages: [CommEntry]?
}
