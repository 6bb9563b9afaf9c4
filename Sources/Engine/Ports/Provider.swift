package import Reconciliation

/// Puts one request to the provider, once: no retries, no rate limit, no judgement.
///
/// Everything throws a failure, which is never evidence about a message.
@EventLoop
package protocol Provider: AnyObject, Sendable {
    /// What this generation of the API has.
    var endpoints: Set<Endpoint> { get }

    /// Whether a question can be put as things are. A question that is put without access lapses.
    var access: Access { get }

    /// Gets, with one request, what all others need: the token of generation `omni`.
    func obtainAccess() async throws(QuestionFailure)

    /// - Returns: the entries about the messages asked for; empty is the answer "no report yet".
    func ask(_ question: Question) async throws(QuestionFailure) -> [ReportEntry]

    /// A page of the history of sends, from whatever order it has.
    func history(_ question: HistoryQuestion) async throws(QuestionFailure) -> HistoryPage

    /// The next batch of reports; nil when there is none. The same one until it is acknowledged.
    func poll() async throws(QuestionFailure) -> ReportBatch?

    /// Tells the provider that the batch of that id is kept and need not come again.
    func acknowledge(_ id: String) async throws(QuestionFailure)

    /// Puts a send, once. What comes of it is never a failure of the program's: without an answer it may have arrived.
    /// - Parameter recipients: how many the request names.
    func send(_ body: [UInt8], recipients: Int) async -> SendReply

    /// A page of the history of sends, for those of its messages that are ours by their `ref`.
    func sent(_ question: HistoryQuestion) async throws(QuestionFailure) -> SentPage

    /// - Returns: those of the days asked about of which the provider says something, in their order.
    func statistics(_ question: StatisticsQuestion) async throws(QuestionFailure) -> [DailyStatistics]

    /// - Returns: nil where the provider says nothing of such a sender.
    func senderProfile(_ key: SenderKey) async throws(QuestionFailure) -> SenderProfile?

    /// - Returns: nil where the sender is under no sanction.
    func senderSanction(_ key: SenderKey, on day: KoreanDay) async throws(QuestionFailure) -> SenderSanction?
}

extension Provider {
    /// Where questions need no more than a key.
    package var access: Access { .granted }

    package func obtainAccess() async throws(QuestionFailure) {}

    /// Where nothing can be sent.
    package func send(_ body: [UInt8], recipients: Int) async -> SendReply { .refused("not sent: this cannot send") }

    package func sent(_ question: HistoryQuestion) async throws(QuestionFailure) -> SentPage {
        throw QuestionFailure(.rejected, "not asked: this cannot send")
    }

    /// Where nothing can be asked about the account.
    package func statistics(_ question: StatisticsQuestion) async throws(QuestionFailure) -> [DailyStatistics] {
        throw .notAskable(.statistics)
    }

    package func senderProfile(_ key: SenderKey) async throws(QuestionFailure) -> SenderProfile? {
        throw .notAskable(.senderProfile)
    }

    package func senderSanction(_ key: SenderKey, on day: KoreanDay) async throws(QuestionFailure) -> SenderSanction? {
        throw .notAskable(.senderSanction)
    }

    /// Whether a failure read from the reports must be confirmed by the state of all channels: generation `comm`.
    package var canAskChannels: Bool { endpoints.contains(.messageStatus) }
}
