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
            && text.utf8.count { (0x30...0x39).contains($0) } <= Redaction.telephoneDigits.upperBound
    }
}

/// The inner `data` of all answers to questions.
struct Content {
    /// Nil when there is no such list; a list that is null is empty. Both say "nothing yet".
    var report: [AnswerEntry]?
    var messages: [AnswerEntry]?
    /// Of a page of the history.
    var lastSeq: Int64?
    var hasNext: Bool?
    /// Of a polled batch.
    var reportId: String?
    /// Of answers about the account; nil for null, too. What is in them is read when it is asked for.
    var statistics: JSONNode?
    var kakao: JSONNode?

    /// None at all.
    init() {}

    init(_ node: JSONNode) throws(ContentError) {
        guard node.isObject else { throw .notAsDocumented }
        report = try Self.list(node.member("report"))
        messages = try Self.list(node.member("messages"))
        lastSeq = node.member("lastSeq")?.text.flatMap { Int64($0) }
        hasNext = node.member("hasNext")?.bool
        reportId = node.member("reportId")?.text
        statistics = node.member("statistics").flatMap { $0.isNull ? nil : $0 }
        kakao = node.member("kakao").flatMap { $0.isNull ? nil : $0 }
    }

    private static func list(_ node: JSONNode?) throws(ContentError) -> [AnswerEntry]? {
        guard let node else { return nil }
        guard !node.isNull else { return [] }
        guard let elements = node.elements else { throw .notAsDocumented }
        return try elements.map { element throws(ContentError) in try AnswerEntry(element) }
    }

    var isEmpty: Bool {
        hasNoEntries && (statistics?.elements ?? []).isEmpty
            && (kakao?.members ?? []).allSatisfy { $0.value.isNull || $0.value.members?.isEmpty == true }
    }

    /// Whether it speaks of no message.
    var hasNoEntries: Bool { (report ?? []).isEmpty && (messages ?? []).isEmpty }
}

/// What makes a whole answer worthless, although its codes are as they should be.
enum ContentError: Error {
    /// See `ReportCode.canBe`.
    case impossibleCode
    /// Something else where a list, an entry or a text should be.
    case notAsDocumented
    case anotherList
    case aboutOtherMessages
    case aboutAnother
    case noReportID
    case dataAfterAll

    var detail: String {
        switch self {
        case .impossibleCode: "a report code that cannot be one"
        case .notAsDocumented: "the content is not as documented"
        case .anotherList: "the answer holds another list than the one asked for"
        case .aboutOtherMessages: "answer about other messages only"
        case .aboutAnother: "answer about another day or sender only"
        case .noReportID: "reports without a reportId to acknowledge"
        case .dataAfterAll: "the answer says \"no such data\", and has some"
        }
    }
}

/// A Report or a MessageStatus (.github/PROVIDER.md, "Entries"), as far as it is needed.
struct AnswerEntry {
    let key: String?
    let serviceType: String?
    let code: ReportCode?
    let text: String?
    let reportTime: String?
    let requestTime: String?

    init(_ node: JSONNode) throws(ContentError) {
        guard node.isObject else { throw .notAsDocumented }
        key = try Self.required(node.member("msgKey"))
        code = try Self.code(Self.required(node.member("reportCode")))
        serviceType = node.member("serviceType")?.text
        text = Self.nonEmpty(node.member("reportText")?.text) ?? Self.nonEmpty(node.member("resultMsg")?.text)
        reportTime = node.member("reportTime")?.text
        requestTime = node.member("requestTime")?.text
    }

    /// A text that may be missing or null, but nothing else.
    private static func required(_ node: JSONNode?) throws(ContentError) -> String? {
        guard let node, !node.isNull else { return nil }
        guard let text = node.text else { throw .notAsDocumented }
        return text
    }

    /// Nil when it is about no message, or none that was asked about.
    func reportEntry(isAsked: (String) -> Bool) -> ReportEntry? {
        guard let key = key.map({ MessageKey($0) }), !key.isTooLong, isAsked(key.text) else { return nil }
        return ReportEntry(
            key: key, serviceType: serviceType, code: code, text: text,
            reportedAt: reportTime.flatMap(Self.time), requestedAt: requestTime.flatMap(Self.time))
    }

    /// A time without offset is Korean.
    private static func time(_ text: String) -> Timestamp? {
        Timestamp(iso8601: text, defaultOffset: KoreanTime.offset)
    }

    /// - Throws: for what cannot be a code. It is foreign text, and goes into log, table and alerts as it is.
    private static func code(_ text: String?) throws(ContentError) -> ReportCode? {
        // A blank is no code: nothing must become a dead letter for a space.
        guard let text = nonEmpty(text.map(trimmed)) else { return nil }
        guard ReportCode.canBe(text) else { throw .impossibleCode }
        return ReportCode(text)
    }

    private static func nonEmpty(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func trimmed(_ text: String) -> String {
        func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }
        guard let first = text.utf8.first, let last = text.utf8.last, isSpace(first) || isSpace(last) else {
            return text
        }
        let start = text.utf8.drop(while: isSpace)
        return String(decoding: start.reversed().drop(while: isSpace).reversed(), as: UTF8.self)
    }
}
