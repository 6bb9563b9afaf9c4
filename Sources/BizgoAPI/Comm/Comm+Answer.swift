import Engine
import Reconciliation

extension Comm {
    /// The entries about the message asked for; empty is the answer "no report yet".
    ///
    /// An answer needs HTTP success, `A000` in both layers, and the list asked for, empty, null or about the message:
    /// where no list is, nothing was said. The status comes first; the layers then are judged each by its own codes.
    static func entries(in response: HTTPResponse, for question: Question) throws(QuestionFailure) -> [ReportEntry] {
        let scan = JSONScan.scan(response.body)
        let envelope = scan == .bounded ? CommEnvelope.read(response.body) : nil
        if let failure = failure(response, envelope, scan) {
            throw QuestionFailure(failure.kind, failure.detail, transactionID: envelope?.transactionID)
        }
        guard let envelope else { throw QuestionFailure(.nonsense, "the answer is not a JSON object") }
        do throws(Nonsense) {
            return try entries(in: envelope, for: question)
        } catch {
            throw QuestionFailure(.nonsense, error.detail, transactionID: envelope.transactionID)
        }
    }

    /// Both codes are as they should be, but what they come with is not.
    private struct Nonsense: Error {
        var detail: String
    }

    private static func entries(in envelope: CommEnvelope, for question: Question) throws(Nonsense) -> [ReportEntry] {
        let content = try content(of: envelope)
        if envelope.serviceCode?.meaning == .noData {
            guard content.isEmpty else { throw Nonsense(detail: "the answer says \"no such data\", and has some") }
            return []
        }
        let list: [CommEntry]?
        let name: String
        switch question {
        case .reports: (list, name) = (content.report, "reports")
        case .channels: (list, name) = (content.messages, "messages")
        }
        guard let list else { throw Nonsense(detail: "the answer holds no list of \(name)") }
        let entries = list.compactMap { $0.reportEntry(about: question.key) }
        guard list.isEmpty || !entries.isEmpty else { throw Nonsense(detail: "answer about other messages only") }
        return entries
    }

    private static func content(of envelope: CommEnvelope) throws(Nonsense) -> CommContent {
        switch envelope.content {
        case .success(let content): return content
        case .failure(CommContentError.impossibleCode): throw Nonsense(detail: "a report code that cannot be one")
        case .failure: throw Nonsense(detail: "the content is not as documented")
        }
    }
}
