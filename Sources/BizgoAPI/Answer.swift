import Engine
import Reconciliation

/// What an answer says. An answer needs HTTP success and `A000` in every layer; where it then holds no list, or no data
/// at all, there is none, as the provider's own SDK reads it. The status comes first; the layers then are judged each by
/// its own codes.
struct Answer {
    let generation: Generation
    private(set) var response: HTTPResponse

    init(_ generation: Generation, _ response: HTTPResponse) {
        self.generation = generation
        self.response = response
        self.response.body = JSONDocument.withoutByteOrderMark(response.body)
    }

    /// The entries about the messages asked for; empty is the answer "no report yet".
    func entries(for question: Question) throws(QuestionFailure) -> [ReportEntry] {
        try read { content throws(ContentError) in
            let list: [AnswerEntry]
            switch question {
            case .reports: list = try Self.list(content.report, insteadOf: content.messages)
            case .channels, .request: list = try Self.list(content.messages, insteadOf: content.report)
            }
            let entries = list.compactMap { $0.reportEntry { question.isAbout($0) } }
            guard list.isEmpty || !entries.isEmpty else { throw .aboutOtherMessages }
            return entries
        } noData: {
            []
        }
    }

    /// "No such data" is an answer to a question about one message or one send. Of a listing it says only that there is
    /// no way on, not that there is nothing more: it is no end.
    func page() throws(QuestionFailure) -> HistoryPage {
        try read { content throws(ContentError) in
            let list = try Self.list(content.messages, insteadOf: content.report)
            let entries = list.compactMap { $0.reportEntry { !$0.isEmpty } }
            return HistoryPage(entries: entries, cursor: content.lastSeq, hasNext: content.hasNext)
        } noData: {
            HistoryPage(entries: [], cursor: nil, hasNext: nil)
        }
    }

    /// Nil when there is nothing to fetch. What holds no list is no batch, whatever its id: nothing of it was read that
    /// could be acknowledged.
    func batch() throws(QuestionFailure) -> ReportBatch? {
        try read { content throws(ContentError) in
            let list = try Self.list(content.report, insteadOf: content.messages)
            guard content.report != nil else { return nil }
            let entries = list.compactMap { $0.reportEntry { !$0.isEmpty } }
            guard let id = content.reportId, !id.isEmpty, id != ".", id != ".." else {
                guard entries.isEmpty else { throw .noReportID }
                return nil
            }
            return ReportBatch(id: id, entries: entries)
        } noData: {
            nil
        }
    }

    /// An answer that need only say success, or that no such batch is out: then it was acknowledged before.
    func acknowledgement() throws(QuestionFailure) {
        if JSONScan.scan(response.body) == .bounded, let envelope = generation.envelope(in: response.body),
            !generation.hasGateway || envelope.gatewayCode?.meaning == .success,
            envelope.serviceCode?.isUnknownReportID == true
        {
            return
        }
        try read { _ in
        } noData: {
        }
    }

    func read<Reading>(
        _ body: (Content) throws(ContentError) -> Reading, noData: () -> Reading
    ) throws(QuestionFailure) -> Reading {
        let envelope = try judged()
        do throws(ContentError) {
            let content = try envelope.content.get()
            guard envelope.serviceCode?.meaning == .noData else { return try body(content) }
            guard content.isEmpty else { throw .dataAfterAll }
            return noData()
        } catch {
            throw QuestionFailure(.nonsense, error.detail, transactionID: envelope.transactionID)
        }
    }

    /// The envelope of what is an answer.
    func judged() throws(QuestionFailure) -> Envelope {
        let scan = JSONScan.scan(response.body)
        let envelope = scan == .bounded ? generation.envelope(in: response.body) : nil
        if var failure = failure(envelope, scan) {
            failure.transactionID = envelope?.transactionID
            failure.forbidsRetrying = failure.isWorthRetrying && !Self.mayBeRetried(response.status)
            throw failure
        }
        guard let envelope else { throw QuestionFailure(.nonsense, "the answer is not a JSON object") }
        return envelope
    }

    /// Source: .github/PROVIDER.md, "Limits": retry reads on 429, 500, 502, 503 and 504. Where HTTP says yes, the codes say.
    private static func mayBeRetried(_ status: Int) -> Bool {
        switch status {
        case 200..<300, 429, 500, 502, 503, 504: true
        default: false
        }
    }

    /// A list that is absent is empty, unless the answer has the other one: then it is to another question.
    private static func list(
        _ list: [AnswerEntry]?, insteadOf other: [AnswerEntry]?
    ) throws(ContentError) -> [AnswerEntry] {
        guard list != nil || (other ?? []).isEmpty else { throw .anotherList }
        return list ?? []
    }
}

extension Question {
    /// Whether an answer may speak of this message. Byte by byte: equal texts need not be the same key.
    fileprivate func isAbout(_ key: String) -> Bool {
        switch self {
        case .reports(let asked), .channels(let asked): key.utf8.elementsEqual(asked.text.utf8)
        case .request(let id): key.utf8.count == id.text.utf8.count + 3 && key.utf8.starts(with: id.text.utf8)
        }
    }
}
