package import Engine
package import Reconciliation

/// A provider that knows what it was told: the channels of each message, and how to fail.
@EventLoop
package final class ScriptedProvider: Provider {
    package var endpoints: Set<Endpoint> = [.reportInquiry, .messageStatus]
    package private(set) var asked: [Question] = []
    package private(set) var mostInFlight = 0
    /// All channels of a message; reports list only those with a code.
    package var channels: [MessageKey: [ReportEntry]] = [:]
    /// Fails a question, when it returns something.
    package var fault: (@EventLoop (Question) -> QuestionFailure?)?
    /// The batches that polling hands out, one after the other.
    package var batches: [ReportBatch] = []
    package private(set) var polls = 0
    package private(set) var acknowledged: [String] = []
    /// Fails polling, or the acknowledgement of a batch.
    package var pollFault: QuestionFailure?
    package var acknowledgeFault: QuestionFailure?
    /// Takes acknowledgements and hands out the same batch all the same.
    package var forgetsAcknowledgements = false
    /// Called with every question about messages, before it is answered: for the time that takes.
    package var onAsk: (@EventLoop () async -> Void)?
    /// Called with every acknowledgement, before it has an effect.
    package var onAcknowledge: (@EventLoop () async -> Void)?
    private var inFlight = 0

    package init() {}

    package func script(_ key: MessageKey, _ codes: String?...) { script(key, codes) }

    package func script(_ key: MessageKey, _ codes: [String?]) {
        channels[key] = codes.enumerated().map { index, code in
            ReportEntry(
                key: key, serviceType: index == 0 ? "ALIMTALK" : "SMS", code: code.flatMap { ReportCode($0) },
                text: nil, reportedAt: Timestamp(seconds: 1_800_000_000 + Int64(index)))
        }
    }

    package func ask(_ question: Question) async throws(QuestionFailure) -> [ReportEntry] {
        asked.append(question)
        inFlight += 1
        mostInFlight = max(mostInFlight, inFlight)
        defer { inFlight -= 1 }
        await turnOfTheLoop()
        await onAsk?()
        if let failure = fault?(question) { throw failure }
        return switch question {
        case .reports(let key): (channels[key] ?? []).filter { $0.code != nil }
        case .channels(let key): channels[key] ?? []
        case .request(let id):
            channels.filter { RequestID(of: $0.key) == id }.sorted { $0.key < $1.key }.flatMap(\.value)
        }
    }

    /// Pages of the history, in their order; asked for by their number as cursor.
    package var pages: [[ReportEntry]] = []
    package private(set) var pagesAsked: [HistoryQuestion] = []
    /// Fails a page, when it returns something.
    package var historyFault: (@EventLoop (HistoryQuestion) -> QuestionFailure?)?

    package func history(_ question: HistoryQuestion) async throws(QuestionFailure) -> HistoryPage {
        pagesAsked.append(question)
        await turnOfTheLoop()
        if let failure = historyFault?(question) { throw failure }
        let number = Int(question.cursor ?? 0)
        let isLast = number + 1 >= pages.count
        return HistoryPage(
            entries: pages.indices.contains(number) ? pages[number] : [], cursor: isLast ? nil : Int64(number + 1),
            hasNext: !isLast)
    }

    /// Of the days asked for; nil: there are none to be had.
    package var days: [DailyStatistics]?
    package private(set) var statisticsAsked: [StatisticsQuestion] = []
    package var senders: [SenderKey: SenderState] = [:]
    /// Fails what is asked about the account.
    package var accountFault: QuestionFailure?

    package func statistics(_ question: StatisticsQuestion) async throws(QuestionFailure) -> [DailyStatistics] {
        statisticsAsked.append(question)
        if let accountFault { throw accountFault }
        guard let days else { throw .notAskable(.statistics) }
        return days.filter { question.days.contains($0.day) }
    }

    package func senderProfile(_ key: SenderKey) async throws(QuestionFailure) -> SenderProfile? {
        if let accountFault { throw accountFault }
        return senders[key]?.profile
    }

    package func senderSanction(_ key: SenderKey, on day: KoreanDay) async throws(QuestionFailure) -> SenderSanction? {
        if let accountFault { throw accountFault }
        return senders[key]?.sanction
    }

    package func poll() async throws(QuestionFailure) -> ReportBatch? {
        polls += 1
        if let pollFault { throw pollFault }
        return batches.first
    }

    package func acknowledge(_ id: String) async throws(QuestionFailure) {
        await onAcknowledge?()
        if let acknowledgeFault { throw acknowledgeFault }
        acknowledged.append(id)
        if !forgetsAcknowledgements { batches.removeAll { $0.id == id } }
    }
}
