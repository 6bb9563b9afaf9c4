/// What wraps every answer of generation `comm`:
/// `{"common":{"authCode","authResult","infobankTrId"},"data":{"code","result","data":…}}`. The two wordings are
/// never read, so they can never be repeated.
struct CommEnvelope: EnvelopeLayout {
    let envelope: Envelope

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
        let data = try? container.nestedContainer(keyedBy: DataKeys.self, forKey: .data)
        envelope = Envelope(
            gatewayCode: common?.code(.authCode, of: .gateway), serviceCode: data?.code(.code, of: .service),
            transactionID: common?.textOrNil(.infobankTrId).flatMap(Self.harmless),
            content: data?.content(.data) ?? .success(Content()))
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
