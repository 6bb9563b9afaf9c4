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

    /// None at all.
    init() {}

    init(_ node: JSONNode) throws(ContentError) {
        guard node.isObject else { throw .notAsDocumented }
        report = try Self.list(node.member("report"))
        messages = try Self.list(node.member("messages"))
        lastSeq = node.member("lastSeq")?.text.flatMap { Int64($0) }
        hasNext = node.member("hasNext")?.bool
        reportId = node.member("reportId")?.text
    }

    private static func list(_ node: JSONNode?) throws(ContentError) -> [AnswerEntry]? {
        guard let node else { return nil }
        guard !node.isNull else { return [] }
        guard let elements = node.elements else { throw .notAsDocumented }
        return try elements.map { element throws(ContentError) in try AnswerEntry(element) }
    }

    var isEmpty: Bool { (report ?? []).isEmpty && (messages ?? []).isEmpty }
}
