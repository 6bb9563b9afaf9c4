package import Reconciliation

/// Puts one question to the provider, once: no retries, no rate limit, no judgement.
@Loop
package protocol Provider: AnyObject, Sendable {
    /// Whether a failure read from the reports must be confirmed by the state of all channels: generation `comm`.
    var canAskChannels: Bool { get }

    /// - Returns: the entries about the message asked for; empty is the answer "no report yet".
    /// - Throws: a failure, which is never evidence about the message.
    func ask(_ question: Question) async throws(QuestionFailure) -> [ReportEntry]
}
