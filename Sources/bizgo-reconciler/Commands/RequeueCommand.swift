internal import Configuration
internal import Engine
internal import Ledger
internal import Reconciliation

/// Dead letters back to pending.
@Loop
enum RequeueCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let reason = try ListCommand.reason(arguments, "requeue")
        guard (reason == nil) != arguments.operands.isEmpty, reason != nil || arguments["code"] == nil else {
            throw CommandFailure(
                .usage, "requeue: wants message keys, or --reason R with or without --code C. Try `help requeue`")
        }
        let settings = try Setup.settings(arguments)
        let ledger = try LedgerDoor.open(settings, .readWrite)
        let log = LoopLog(settings.log)
        defer { log.finish() }
        let now = SystemTime().now
        let result: RequeueResult
        do throws(LedgerError) {
            if let reason {
                result = try await ledger.requeue(
                    reason: reason, code: arguments["code"].flatMap(ReportCode.init), at: now)
            } else {
                result = try await ledger.requeue(arguments.operands.map(MessageKey.init), at: now)
            }
        } catch {
            throw CommandFailure(error)
        }
        await ledger.close()
        for key in result.requeued {
            log.write(LogEvent(.info, "message.requeued", [LogField("msg_key", .string(key.text))]))
        }
        log.finish()
        return try report(result)
    }

    private static func report(_ result: RequeueResult) throws(CommandFailure) -> ExitCode {
        Terminal.output("\(result.requeued.count) messages are pending again and due now")
        var problems: [String] = []
        if !result.notFound.isEmpty { problems.append("no such message: \(list(result.notFound))") }
        if !result.notDeadLetters.isEmpty { problems.append("not a dead letter: \(list(result.notDeadLetters))") }
        guard problems.isEmpty else {
            throw CommandFailure(.negative, "requeue: " + problems.joined(separator: "; "))
        }
        return .ok
    }

    private static func list(_ keys: [MessageKey]) -> String {
        keys.prefix(10).map(\.text).joined(separator: ", ") + (keys.count > 10 ? " and \(keys.count - 10) more" : "")
    }
}
