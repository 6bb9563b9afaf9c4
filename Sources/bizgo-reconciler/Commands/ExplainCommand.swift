internal import BizgoAPI
internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// What would be done next for one message, and why. Reads only; asks nobody.
@Loop
enum ExplainCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let key = MessageKey(arguments.operands[0])
        let settings = try Setup.settings(arguments)
        let now = SystemTime().now
        let found = try await LedgerDoor.with(settings, .readOnly) { ledger throws(LedgerError) in
            try await outlook(key, ledger, settings, at: now)
        }
        guard let (message, outlook) = found else {
            throw CommandFailure(.negative, "explain: there is no message `\(key)` in \(settings.store.table)")
        }
        if arguments.has(.json) {
            Terminal.output(OutlookText.json(key, message, outlook).text)
        } else {
            let lines = OutlookText.lines(key, message, outlook, settings.policy, in: settings.zone, at: now)
            for line in lines { Terminal.line(line) }
        }
        return .ok
    }

    private static func outlook(
        _ key: MessageKey, _ ledger: SQLiteLedger, _ settings: Settings, at now: Timestamp
    ) async throws(LedgerError) -> (StoredMessage, Outlook)? {
        guard let detail = try await ledger.message(key), let message = detail.message else { return nil }
        var due = DueMessage(
            key: key, row: message.row, status: message.status, acceptedAt: message.countsFrom,
            tracking: detail.tracking ?? Tracking())
        if message.isSentAgain { due.acceptedAt = message.countsFrom.map { max($0, now) } }
        let allowance = try await ledger.clockAllowance()
        let outlook = Outlook(
            allowance?.judged(due) ?? due, isOurs: message.isOurs, nextAskAt: message.nextAskAt,
            survey: try await ledger.survey(at: now),
            dueOfSend: try await dueOfSend(key, ledger, at: now), endpoints: settings.api.generation.endpoints,
            policy: settings.policy, at: now)
        return (message, outlook)
    }

    private static func dueOfSend(
        _ key: MessageKey, _ ledger: SQLiteLedger, at now: Timestamp
    ) async throws(LedgerError) -> Int {
        guard let id = RequestID(of: key) else { return 1 }
        return try await ledger.dueCount(of: id, at: now)
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
