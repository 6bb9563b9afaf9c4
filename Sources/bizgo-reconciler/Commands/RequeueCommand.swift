internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// Dead letters back to pending.
@Loop
enum RequeueCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let wish = try RequeueWish(arguments)
        let settings = try Setup.settings(arguments)
        let result = try await LedgerDoor.with(settings, .readWrite) { ledger throws(LedgerError) in
            try await requeue(wish, in: ledger, at: SystemTime().now)
        }
        note(result.requeued, settings)
        return try report(result)
    }

    private static func requeue(
        _ wish: RequeueWish, in ledger: SQLiteLedger, at now: Timestamp
    ) async throws(LedgerError) -> RequeueResult {
        switch wish {
        case .keys(let keys): try await ledger.requeue(keys, at: now)
        case .all(let reason, let code): try await ledger.requeue(reason: reason, code: code, at: now)
        }
    }

    private static func note(_ keys: [MessageKey], _ settings: Settings) {
        let log = LoopLog(settings.log)
        for key in keys {
            log.write(LogEvent(.info, "message.requeued", [LogField("msg_key", .string(key.text))]))
        }
        log.finish()
    }

    private static func report(_ result: RequeueResult) throws(CommandFailure) -> ExitCode {
        Terminal.output("\(result.requeued.count) messages are pending again and due now")
        var problems: [String] = []
        if !result.notFound.isEmpty { problems.append("no such message: \(list(result.notFound))") }
        if !result.notDeadLetters.isEmpty { problems.append("not a dead letter: \(list(result.notDeadLetters))") }
        if !result.notOurs.isEmpty {
            problems.append("another channel's (store.service_types): \(list(result.notOurs))")
        }
        if let refusal = result.refusal {
            throw CommandFailure(
                .configuration,
                lines: problems.map { "requeue: \($0)" }
                    + ["requeue: the table refuses \(list(result.refused)): \(refusal.message)"])
        }
        guard problems.isEmpty else {
            throw CommandFailure(.negative, "requeue: " + problems.joined(separator: "; "))
        }
        return .ok
    }

    private static func list(_ keys: [MessageKey]) -> String {
        keys.prefix(10).map(\.text).joined(separator: ", ") + (keys.count > 10 ? " and \(keys.count - 10) more" : "")
    }
}
