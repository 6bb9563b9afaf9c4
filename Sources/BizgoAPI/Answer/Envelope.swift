import Reconciliation

/// What wraps every answer, of whichever generation. The wordings in it are never read, so they can never be repeated.
struct Envelope {
    /// Nil when there is none; only `comm` has any.
    let gatewayCode: ServiceCode?
    /// Nil when there is none; the part that has it may be missing altogether.
    let serviceCode: ServiceCode?
    /// `infobankTrId`, if it is of harmless length and characters.
    let transactionID: String?
    /// The inner `data`, with both its possible lists; an error when it, or one of them, is something else.
    let content: Result<Content, ContentError>

    /// Of what is not as documented the rest is read.
    init(common: JSONNode?, service: JSONNode?) {
        gatewayCode = Self.code(common?.member("authCode"), .gateway)
        transactionID = common?.member("infobankTrId")?.text.flatMap(Self.harmless)
        serviceCode = Self.code(service?.member("code"), .service)
        content = Result { () throws(ContentError) in
            guard let content = service?.member("data"), !content.isNull else { return Content() }
            return try Content(content)
        }
    }

    private static func code(_ node: JSONNode?, _ layer: EnvelopeLayer) -> ServiceCode? {
        node?.text.flatMap { $0.isEmpty ? nil : ServiceCode(layer: layer, text: $0) }
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
        return isHarmless && !couldBeTelephoneNumber(text) ? text : nil
    }

    /// Nothing but digits and marks, and no more digits than such a number has: the provider's ids have more.
    private static func couldBeTelephoneNumber(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x2d...0x39).contains($0) }
            && text.utf8.count { (0x30...0x39).contains($0) } <= SafeText.telephoneDigits.upperBound
    }
}
