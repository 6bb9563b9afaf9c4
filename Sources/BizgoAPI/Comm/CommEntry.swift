import Reconciliation

/// A Report or a MessageStatus (api.md), as far as it is needed.
struct CommEntry: Decodable {
    let key: String?
    let serviceType: String?
    let code: ReportCode?
    let text: String?
    let reportTime: String?

    private enum CodingKeys: String, CodingKey {
        case msgKey
        case serviceType
        case reportCode
        case reportText
        case resultMsg
        case reportTime
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.text(.msgKey)
        // A blank is no code: nothing must become a dead letter for a space.
        code = try container.text(.reportCode).flatMap { ReportCode(Self.trimmed($0)) }
        serviceType = container.textOrNil(.serviceType)
        text = Self.nonEmpty(container.textOrNil(.reportText)) ?? Self.nonEmpty(container.textOrNil(.resultMsg))
        reportTime = container.textOrNil(.reportTime)
    }

    /// Nil when it is not about `asked`.
    func reportEntry(about asked: MessageKey) -> ReportEntry? {
        // Byte by byte: equal texts need not be the same key.
        guard let key, key.utf8.elementsEqual(asked.text.utf8) else { return nil }
        return ReportEntry(
            key: asked, serviceType: serviceType, code: code, text: text,
            // A time without offset is Korean.
            reportedAt: reportTime.flatMap { Timestamp(iso8601: $0, defaultOffset: 9 * 3600) })
    }

    private static func nonEmpty(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func trimmed(_ text: String) -> String {
        guard let first = text.utf8.first, let last = text.utf8.last, first <= 0x20 || last <= 0x20 else { return text }
        let start = text.utf8.drop { $0 <= 0x20 }
        return String(decoding: start.reversed().drop { $0 <= 0x20 }.reversed(), as: UTF8.self)
    }
}
