import FoundationEssentials

/// What wraps every answer, of whichever generation.
struct Envelope {
    /// Nil when there is none; only `comm` has any.
    let gatewayCode: ServiceCode?
    /// Nil when there is none.
    let serviceCode: ServiceCode?
    /// `infobankTrId`, if it is of harmless length and characters.
    let transactionID: String?
    /// The inner `data`, with both its possible lists; an error when it, or one of them, is something else, and a
    /// `ContentError` where that has a name.
    let content: Result<Content, any Error>

    /// - Returns: nil when the bytes are no JSON object. Of an object what is not as documented is left out.
    static func read<Layout: EnvelopeLayout>(_ layout: Layout.Type, in body: [UInt8]) -> Envelope? {
        try? JSONDecoder().decode(layout, from: Data(body)).envelope
    }
}

/// Where a generation has what an envelope says.
protocol EnvelopeLayout: Decodable {
    var envelope: Envelope { get }
}

extension KeyedDecodingContainer {
    /// Nil when there is none.
    func code(_ key: Key, of layer: EnvelopeLayer) -> ServiceCode? {
        textOrNil(key).flatMap { $0.isEmpty ? nil : ServiceCode(layer: layer, text: $0) }
    }

    func content(_ key: Key) -> Result<Content, any Error> {
        Result {
            guard contains(key) else { return Content() }
            // An explicit null is the provider's way to say "nothing": its own SDK reads it so.
            return try decodeNil(forKey: key) ? .nothing : decode(Content.self, forKey: key)
        }
    }
}
