internal import BizgoAPI
internal import Engine
internal import HTTP
internal import Ledger
internal import Operations
internal import Reconciliation

/// What the command `record` does, for an application that hands the provider's answer on by `POST /record`.
@EventLoop
final class SendRecorder {
    private let ledger: SQLLedger
    private let serviceType: String?
    private let time: any Timekeeper

    init(_ ledger: SQLLedger, _ settings: Settings, time: any Timekeeper) {
        self.ledger = ledger
        serviceType = SendCommands.serviceType(settings, known: nil)
        self.time = time
    }

    /// - Parameter body: as the application handed it on.
    /// - Returns: 200 with what the command prints as JSON; 400 for what is no answer, or accepts a message without saying
    ///   its key; 503 where the store cannot be written. The answer may be handed on again: known keys are left alone.
    func record(_ body: [UInt8]) async -> ServerResponse {
        guard let answer = SendAnswer(body: body) else {
            return json(400, #"{"error":"this is not the provider's answer to a send"}"#)
        }
        do throws(LedgerError) {
            let result = try await ledger.record(answer.accepted, serviceType: serviceType, at: time.now)
            return json(answer.isComplete ? 200 : 400, RecordText.json(result, answer).text)
        } catch {
            return json(503, #"{"error":"the store cannot be written now: hand it on again"}"#)
        }
    }

    private func json(_ status: Int, _ text: String) -> ServerResponse {
        ServerResponse(status: status, body: Array("\(text)\n".utf8))
    }
}
