/// What wraps every answer of generation `omni`: `{"code","result","data":…}`. The wording is never read, so it can
/// never be repeated.
struct OmniEnvelope: EnvelopeLayout {
    let envelope: Envelope

    private enum CodingKeys: String, CodingKey {
        case code
        case data
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        envelope = Envelope(
            gatewayCode: nil, serviceCode: container.code(.code, of: .service), transactionID: nil,
            content: container.content(.data))
    }
}
