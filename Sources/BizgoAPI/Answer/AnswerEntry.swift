import Reconciliation

/// What makes a whole answer worthless.
enum ContentError: Error {
    /// See `ReportCode.canBe`.
    case impossibleCode
    /// Something else where a list, an entry or a text should be.
    case notAsDocumented
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
        guard let key, isAsked(key) else { return nil }
        return ReportEntry(
            key: MessageKey(key), serviceType: serviceType, code: code, text: text,
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
