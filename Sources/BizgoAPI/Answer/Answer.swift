import Engine
import Reconciliation

/// What an answer says. An answer needs HTTP success, `A000` in every layer, and what was asked for: where no list is,
/// nothing was said. The status comes first; the layers then are judged each by its own codes.
struct Answer {
    let generation: Generation
    let response: HTTPResponse

    init(_ generation: Generation, _ response: HTTPResponse) {
        self.generation = generation
        self.response = response
    }

    /// The entries about the messages asked for; empty is the answer "no report yet".
    func entries(for question: Question) throws(QuestionFailure) -> [ReportEntry] {
        try read { content throws(Nonsense) in
            let list: [AnswerEntry]
            switch question {
            case .reports: list = try Self.present(content.report, "reports")
            case .channels, .request: list = try Self.present(content.messages, "messages")
            }
            let entries = list.compactMap { $0.reportEntry { question.isAbout($0) } }
            guard list.isEmpty || !entries.isEmpty else { throw Nonsense(detail: "answer about other messages only") }
            return entries
        } noData: {
            []
        }
    }

    /// "No such data" is an answer to a question about one message or one send. Of a listing it says only that there is
    /// no way on, not that there is nothing more: it is no end.
    func page() throws(QuestionFailure) -> HistoryPage {
        try read { content throws(Nonsense) in
            let entries = try Self.present(content.messages, "messages").compactMap { $0.reportEntry { !$0.isEmpty } }
            return HistoryPage(entries: entries, cursor: content.lastSeq, hasNext: content.hasNext)
        } noData: {
            HistoryPage(entries: [], cursor: nil, hasNext: nil)
        }
    }

    /// Nil when there is nothing to fetch.
    func batch() throws(QuestionFailure) -> ReportBatch? {
        try read { content throws(Nonsense) in
            let entries = try Self.present(content.report, "reports").compactMap { $0.reportEntry { !$0.isEmpty } }
            guard let id = content.reportId, !id.isEmpty, id != ".", id != ".." else {
                guard entries.isEmpty else { throw Nonsense(detail: "reports without a reportId to acknowledge") }
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

    /// Codes are as they should be, but what they come with is not.
    private struct Nonsense: Error {
        var detail: String
    }

    private func read<Reading>(
        _ body: (Content) throws(Nonsense) -> Reading, noData: () -> Reading
    ) throws(QuestionFailure) -> Reading {
        let envelope = try judged()
        do throws(Nonsense) {
            let content = try Self.content(of: envelope)
            guard envelope.serviceCode?.meaning == .noData else { return try body(content) }
            guard content.isEmpty else { throw Nonsense(detail: "the answer says \"no such data\", and has some") }
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

    /// Source: api.md, "Limits": retry reads on 429, 500, 502, 503 and 504. Where HTTP says yes, the codes say.
    private static func mayBeRetried(_ status: Int) -> Bool {
        switch status {
        case 200..<300, 429, 500, 502, 503, 504: true
        default: false
        }
    }

    private static func content(of envelope: Envelope) throws(Nonsense) -> Content {
        switch envelope.content {
        case .success(let content): return content
        case .failure(.impossibleCode): throw Nonsense(detail: "a report code that cannot be one")
        case .failure(.notAsDocumented): throw Nonsense(detail: "the content is not as documented")
        }
    }

    private static func present(_ list: [AnswerEntry]?, _ name: String) throws(Nonsense) -> [AnswerEntry] {
        guard let list else { throw Nonsense(detail: "the answer holds no list of \(name)") }
        return list
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
