/// The inner `data` of all answers to questions.
struct Content: Decodable {
    /// Nil when there is no such list, which says nothing; a list that is null is empty, which says "nothing yet".
    var report: [AnswerEntry]?
    var messages: [AnswerEntry]?
    /// Of a page of the history.
    var lastSeq: Int64?
    var hasNext: Bool?
    /// Of a polled batch.
    var reportId: String?

    static let nothing = Content(report: [], messages: [])

    private enum CodingKeys: String, CodingKey {
        case report
        case messages
        case lastSeq
        case hasNext
        case reportId
    }

    init(report: [AnswerEntry]? = nil, messages: [AnswerEntry]? = nil) {
        self.report = report
        self.messages = messages
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func list(_ key: CodingKeys) throws -> [AnswerEntry]? {
            guard container.contains(key) else { return nil }
            return try container.decodeIfPresent([AnswerEntry].self, forKey: key) ?? []
        }
        report = try list(.report)
        messages = try list(.messages)
        lastSeq = container.textOrNil(.lastSeq).flatMap { Int64($0) }
        hasNext = try? container.decodeIfPresent(Bool.self, forKey: .hasNext)
        reportId = container.textOrNil(.reportId)
    }

    var isEmpty: Bool { (report ?? []).isEmpty && (messages ?? []).isEmpty }
}
