internal import Alerting
internal import Engine
internal import Glibc
internal import Ledger
internal import Operations
internal import Reconciliation

/// `ask` and `verify`: what is done at once, by the daemon where one works on the database.
@EventLoop
enum VerificationCommands {
    /// Asks about these messages, whatever their schedule.
    static func ask(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let loaded = try LoadedConfiguration.load(arguments)
        var seen: Set<MessageKey> = []
        let wanted = arguments.operands.map { MessageKey($0) }.filter { seen.insert($0).inserted }
        let before = try await rows(wanted, loaded)
        let known = wanted.filter { before[$0] != nil }
        var asked: [AskedMessage] = []
        if !known.isEmpty {
            guard case .asked(let answers) = try await result(of: .ask(known), loaded) else { throw unexpected("ask") }
            asked = answers
        }
        let after = try await rows(known, loaded)
        if arguments.has(.json) {
            Terminal.output(AskedText.json(asked, after).text)
        } else if !asked.isEmpty {
            for line in AskedText.lines(asked, after) { Terminal.line(line) }
        }
        guard known.count == wanted.count else {
            let missing = wanted.filter { before[$0] == nil }.map(\.text).joined(separator: ", ")
            throw CommandFailure(
                .negative, "ask: there is no such message in \(loaded.settings.store.table): \(missing)")
        }
        let unanswered = asked.count { if case .unanswered = $0.answer { true } else { false } }
        guard unanswered == 0, asked.count == known.count else {
            let count = unanswered + known.count - asked.count
            throw CommandFailure(.unavailable, "ask: the provider did not answer about \(count) of \(known.count)")
        }
        return .ok
    }

    private static func rows(
        _ keys: [MessageKey], _ loaded: LoadedConfiguration
    ) async throws(CommandFailure) -> [MessageKey: StoredMessage] {
        try await withLedger(loaded.settings, .readOnly) { ledger throws(LedgerError) in
            var rows: [MessageKey: StoredMessage] = [:]
            for key in keys { rows[key] = try await ledger.message(key)?.message }
            return rows
        }
    }

    /// Holds what the provider says of a day, or of the last one, against the rows.
    static func verify(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let loaded = try LoadedConfiguration.load(arguments)
        let span = try span(arguments, loaded.settings)
        guard loaded.settings.api.generation == .comm else {
            throw CommandFailure(
                .unavailable,
                "verify: api.generation \"omni\" has no history of sends to hold rows against: nothing is verified")
        }
        guard case .verified(let verified) = try await result(of: .verify(span), loaded) else {
            throw unexpected("verify")
        }
        if arguments.has(.json) {
            Terminal.output(VerifiedText.json(verified).text)
        } else {
            for line in VerifiedText.lines(verified, in: loaded.settings.zone) { Terminal.line(line) }
        }
        guard verified.isComplete else {
            throw CommandFailure(
                .unavailable, "verify: the provider did not answer everything: what it did is listed; try again")
        }
        return verified.found == 0 ? .ok : .negative
    }

    /// - Throws: exit 64 for what is no day.
    private static func span(
        _ arguments: Arguments, _ settings: Settings
    ) throws(CommandFailure) -> Range<Timestamp> {
        let now = SystemTime().now
        guard let text = arguments[.day] else { return now - .seconds(86_400)..<now }
        guard let day = settings.zone.day(text) else {
            throw CommandFailure(.usage, "verify: --day wants a date such as 2026-11-29, not `\(text)`")
        }
        guard day.lowerBound <= now else {
            throw CommandFailure(.usage, "verify: --day \(text) has not begun yet")
        }
        return day
    }

    private static func unexpected(_ command: String) -> CommandFailure {
        CommandFailure(.software, "\(command): its result cannot be read")
    }

    // MARK: -

    /// Leaves it to the daemon; or does it, where none works on the database, or it has ended meanwhile.
    private static func result(
        of errand: Errand, _ loaded: LoadedConfiguration
    ) async throws(CommandFailure) -> ErrandResult {
        let turns = loaded.settings.turns()
        let outcome = try await withLedger(loaded.settings, .readWrite) { ledger throws(LedgerError) in
            let id = try await ledger.begin(errand, at: SystemTime().now)
            turns.ring(for: .cycles)
            let result = try await result(of: id, in: ledger, loaded, turns)
            try await ledger.forget(id)
            return result
        }
        await turns.close()
        return try outcome.get()
    }

    private static func result(
        of id: ErrandID, in ledger: SQLLedger, _ loaded: LoadedConfiguration, _ turns: any Turns
    ) async throws(LedgerError) -> Result<ErrandResult, CommandFailure> {
        var obstacle: String?
        while true {
            if let result = try await ledger.result(of: id) { return .success(result) }
            do throws(TurnFailure) {
                let turn = try await turns.take(.cycles)
                let result = await workOnce(id, in: ledger, loaded, turns, turn)
                await turn.end()
                return result
            } catch {
                // A daemon can do it all the same, but nobody is to wait in vain without knowing why.
                if case .failed(let error) = error, obstacle == nil {
                    obstacle = error.message
                    Terminal.error("waiting for a daemon that works on the database: \(error.message)")
                }
            }
            _ = try? await SystemTime().sleep(for: turns.pause)
        }
    }

    private static func workOnce(
        _ id: ErrandID, in ledger: SQLLedger, _ loaded: LoadedConfiguration, _ turns: any Turns, _ turn: any Turn
    ) async -> Result<ErrandResult, CommandFailure> {
        do throws(CommandFailure) {
            try await workOnce(loaded, turns, turn)
        } catch {
            return .failure(error)
        }
        do throws(LedgerError) {
            return try await ledger.result(of: id).map(Result.success) ?? .failure(unexpected("errand"))
        } catch {
            return .failure(CommandFailure(error))
        }
    }

    private static func workOnce(
        _ loaded: LoadedConfiguration, _ turns: any Turns, _ turn: any Turn
    ) async throws(CommandFailure) {
        let log = LineLog(loaded.settings.log, descriptor: STDERR_FILENO)
        defer { log.finish() }
        let session = try await Session.open(loaded, mode: .single, turns: turns, turn: turn, log: log)
        await session.verification?.workOnce()
        await session.alerts.flush()
        await session.close()
    }
}
