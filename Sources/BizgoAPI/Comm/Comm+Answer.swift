import Engine
import Reconciliation

extension Comm {
    /// The entries about the message asked for; empty is the answer "no report yet".
    ///
    /// An answer needs HTTP success, `A000` in both layers, and a list that is about the message. The status comes
    /// first; the layers then are judged each by its own codes.
    static func entries(in response: HTTPResponse, for question: Question) throws(QuestionFailure) -> [ReportEntry] {
        let scan = JSONScan.scan(response.body)
        let envelope = scan == .bounded ? CommEnvelope.read(response.body) : nil
        if let failure = failure(response, envelope, scan) {
            throw QuestionFailure(failure.kind, failure.detail, transactionID: envelope?.transactionID)
        }
        guard let envelope, envelope.serviceCode?.meaning != .noData else { return [] }
        return try entries(in: envelope, for: question)
    }

    private static func entries(
        in envelope: CommEnvelope, for question: Question
    ) throws(QuestionFailure) -> [ReportEntry] {
        guard case .success(let content) = envelope.content else {
            throw QuestionFailure(
                .nonsense, "the content is not as documented", transactionID: envelope.transactionID)
        }
        let list =
            switch question {
            case .reports: content.report ?? []
            case .channels: content.messages ?? []
            }
        let entries = list.compactMap { $0.reportEntry(about: question.key) }
        guard list.isEmpty || !entries.isEmpty else {
            throw QuestionFailure(
                .nonsense, "answer about other messages only", transactionID: envelope.transactionID)
        }
        return entries
    }
}
