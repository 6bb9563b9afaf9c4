/// What wraps every answer: `{"common":{"authCode","authResult","infobankTrId"},"data":{"code","result","data":…}}`.
/// The two wordings are never read, so they can never be repeated.
struct CommEnvelope {
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
        guard let root = JSONDocument(body)?.root, root.isObject else { return nil }
        return CommEnvelope(root)
    }

    private init(_ root: JSONNode) {
        let common = root.member("common")
        gatewayCode = Self.code(common?.member("authCode"), .gateway)
        transactionID = common?.member("infobankTrId")?.text.flatMap(Self.harmless)
        let data = root.member("data")
        serviceCode = Self.code(data?.member("code"), .service)
        content = Result {
            guard let content = data?.member("data") else { return CommContent() }
            // An explicit null is the provider's way to say "nothing": its own SDK reads it so.
            return content.isNull ? .nothing : try CommContent(content)
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
        return isHarmless ? text : nil
    }
}

/// The inner `data` of all answers.
struct CommContent {
    /// Nil when there is no such list, which says nothing; a list that is null is empty, which says "nothing yet".
    var report: [CommEntry]?
    var messages: [CommEntry]?
    /// Of a page of the history.
    var lastSeq: Int64?
    var hasNext: Bool?
    /// Of a polled batch.
    var reportId: String?

    static let nothing = CommContent(report: [], messages: [])

    init(report: [CommEntry]? = nil, messages: [CommEntry]? = nil) {
        self.report = report
        self.messages = messages
    }

    init(_ node: JSONNode) throws {
        guard node.isObject else { throw CommContentError.notAsDocumented }
        report = try Self.list(node.member("report"))
        messages = try Self.list(node.member("messages"))
        lastSeq = node.member("lastSeq")?.text.flatMap { Int64($0) }
        hasNext = node.member("hasNext")?.bool
        reportId = node.member("reportId")?.text
    }

    private static func list(_ node: JSONNode?) throws -> [CommEntry]? {
        guard let node else { return nil }
        guard !node.isNull else { return [] }
        guard let elements = node.elements else { throw CommContentError.notAsDocumented }
        return try elements.map { element throws in try CommEntry(element) }
    }

    var isEmpty: Bool { (report ?? []).isEmpty && (messages ?? []).isEmpty }
}
