internal import BizgoAPI
internal import Engine
internal import Glibc
internal import Ledger
internal import Operations
internal import Reconciliation

/// `list`, `show`, `explain` and `requeue`: messages for people and scripts.
@EventLoop
enum MessageCommands {
    static func list(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        var filter = MessageFilter(status: try arguments.status(), reason: try arguments.reason())
        let limit = try arguments.limit()
        let settings = try LoadedConfiguration.settings(arguments)
        filter.serviceType = try arguments.serviceType(settings.store)
        filter.accepted = try arguments.accepted(in: settings.zone)
        let messages = try await withLedger(settings, .readOnly) { [filter] ledger throws(LedgerError) in
            try await ledger.list(filter, limit: limit)
        }
        if arguments.has(.json) {
            Terminal.output(MessageText.json(messages).text)
        } else {
            for line in MessageText.lines(messages, in: settings.zone) { Terminal.output(line) }
        }
        return .ok
    }

    /// Everything known about one message.
    static func show(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let key = MessageKey(arguments.operands[0])
        let settings = try LoadedConfiguration.settings(arguments)
        let detail = try await withLedger(settings, .readOnly) { ledger throws(LedgerError) in
            try await ledger.message(key)
        }
        guard let detail else {
            throw CommandFailure(.negative, "show: there is no message `\(key)` in \(settings.store.table)")
        }
        if arguments.has(.json) {
            Terminal.output(StoryText.json(key, detail).text)
        } else {
            for line in StoryText.lines(key, detail, in: settings.zone) { Terminal.line(line) }
        }
        return .ok
    }

    /// What would be done next for one message, and why. Reads only; asks nobody.
    static func explain(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let key = MessageKey(arguments.operands[0])
        let settings = try LoadedConfiguration.settings(arguments)
        let now = SystemTime().now
        let found = try await withLedger(settings, .readOnly) { ledger throws(LedgerError) in
            try await step(key, ledger, settings, at: now)
        }
        guard let (message, step) = found else {
            throw CommandFailure(.negative, "explain: there is no message `\(key)` in \(settings.store.table)")
        }
        if arguments.has(.json) {
            Terminal.output(OutlookText.json(key, message, step).text)
        } else {
            let lines = OutlookText.lines(key, message, step, settings.reconcile.policy, in: settings.zone, at: now)
            for line in lines { Terminal.line(line) }
        }
        return .ok
    }

    private static func step(
        _ key: MessageKey, _ ledger: SQLLedger, _ settings: Settings, at now: Timestamp
    ) async throws(LedgerError) -> (StoredMessage, NextStep)? {
        guard let detail = try await ledger.message(key), let message = detail.message else { return nil }
        var due = DueMessage(
            key: key, row: message.row, status: message.status, acceptedAt: message.countsFrom,
            tracking: detail.tracking ?? Tracking())
        if message.isSentAgain { due.acceptedAt = message.countsFrom.map { max($0, now) } }
        let allowance = try await ledger.clockAllowance()
        let step = NextStep(
            allowance?.judged(due) ?? due, isOurs: message.isOurs, nextAskAt: message.nextAskAt,
            survey: try await ledger.survey(at: now),
            dueOfSend: try await dueOfSend(key, ledger, at: now), endpoints: settings.api.generation.endpoints,
            policy: settings.reconcile.policy, at: now)
        return (message, step)
    }

    private static func dueOfSend(
        _ key: MessageKey, _ ledger: SQLLedger, at now: Timestamp
    ) async throws(LedgerError) -> Int {
        guard let id = RequestID(of: key) else { return 1 }
        return try await ledger.dueCount(of: id, at: now)
    }

    /// Dead letters back to pending.
    static func requeue(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let wish = try RequeueWish(arguments)
        let settings = try LoadedConfiguration.settings(arguments)
        let accepted = try arguments.accepted(in: settings.zone)
        let result = try await withLedger(settings, .readWrite) { ledger throws(LedgerError) in
            let now = SystemTime().now
            return switch wish {
            case .keys(let keys): try await ledger.requeue(keys, at: now)
            case .all(let reason, let code):
                try await ledger.requeue(reason: reason, code: code, accepted: accepted, at: now)
            }
        }
        noteRequeued(
            result.requeued, LineLog(settings.log, descriptor: arguments.has(.json) ? STDERR_FILENO : STDOUT_FILENO))
        Terminal.output(arguments.has(.json) ? RequeueText.json(result).text : RequeueText.line(result))
        return try complain(of: result)
    }

    private static func noteRequeued(_ keys: [MessageKey], _ log: LineLog) {
        for key in keys {
            log.write(LogEvent(.info, .messageRequeued, [LogField("msg_key", .string(key.text))]))
        }
        log.finish()
    }

    private static func complain(of result: RequeueResult) throws(CommandFailure) -> ExitCode {
        var problems: [String] = []
        if !result.notFound.isEmpty { problems.append("no such message: \(listed(result.notFound))") }
        if !result.notDeadLetters.isEmpty { problems.append("not a dead letter: \(listed(result.notDeadLetters))") }
        if !result.notOurs.isEmpty {
            problems.append("another channel's (store.service_types): \(listed(result.notOurs))")
        }
        if let refusal = result.refusal {
            throw CommandFailure(
                .configuration,
                lines: problems.map { "requeue: \($0)" }
                    + ["requeue: the table refuses \(listed(result.refused)): \(refusal.message)"])
        }
        guard problems.isEmpty else {
            throw CommandFailure(.negative, "requeue: " + problems.joined(separator: "; "))
        }
        return .ok
    }

    private static func listed(_ keys: [MessageKey]) -> String {
        keys.prefix(10).map(\.text).joined(separator: ", ") + (keys.count > 10 ? " and \(keys.count - 10) more" : "")
    }
}

extension Settings.Generation {
    fileprivate var endpoints: Set<Endpoint> {
        switch self {
        case .comm: Generation.comm.endpoints
        case .omni: Generation.omni(clientID: "").endpoints
        }
    }
}
