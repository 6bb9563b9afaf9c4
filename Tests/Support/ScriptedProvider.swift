package import Engine
package import Reconciliation

/// A provider that knows what it was told: the channels of each message, and how to fail.
@Loop
package final class ScriptedProvider: Provider {
    package var endpoints: Set<Endpoint> = [.reportInquiry, .messageStatus]
    package private(set) var asked: [Question] = []
    package private(set) var mostInFlight = 0
    /// All channels of a message; reports list only those with a code.
    package var channels: [MessageKey: [ReportEntry]] = [:]
    /// Fails a question, when it returns something.
    package var fault: (@Loop (Question) -> QuestionFailure?)?
    private var inFlight = 0

    package init() {}

    package func script(_ key: MessageKey, _ codes: String?...) {
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
        await Task.yield()
        if let failure = fault?(question) { throw failure }
        return switch question {
        case .reports(let key): (channels[key] ?? []).filter { $0.code != nil }
        case .channels(let key): channels[key] ?? []
        case .request(let id):
            channels.filter { RequestID(of: $0.key) == id }.sorted { $0.key < $1.key }.flatMap(\.value)
        }
    }

    package func history(_ question: HistoryQuestion) async throws(QuestionFailure) -> HistoryPage {
        throw QuestionFailure(.refused, "scripted: no history")
    }

    package func poll() async throws(QuestionFailure) -> ReportBatch? {
        throw QuestionFailure(.refused, "scripted: no polling")
    }

    package func acknowledge(_ id: String) async throws(QuestionFailure) {
        throw QuestionFailure(.refused, "scripted: no polling")
    }
}
