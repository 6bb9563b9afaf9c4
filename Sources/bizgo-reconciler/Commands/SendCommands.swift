internal import BizgoAPI
internal import Engine
internal import Glibc
internal import Ledger
internal import Operations
internal import Reconciliation

/// `record` and `send`: the sender's half of the table.
@EventLoop
enum SendCommands {
    /// A pending row for each message that an answer of the provider's accepts.
    static func record(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let settings = try LoadedConfiguration.settings(arguments)
        let serviceType = try serviceType(arguments, settings)
        guard let answer = SendAnswer(body: try InputFile.read(arguments)) else {
            throw CommandFailure(
                .data,
                "record: this is not the provider's answer to a send: expected its JSON, with destinations or a msgKey")
        }
        let result = try await withLedger(settings, .readWrite) { ledger throws(LedgerError) in
            try await ledger.record(answer.accepted, serviceType: serviceType, at: SystemTime().now)
        }
        if arguments.has(.json) {
            Terminal.output(RecordText.json(result, answer).text)
        } else {
            for line in RecordText.lines(result, answer) { Terminal.line(line) }
        }
        guard answer.isComplete else {
            throw CommandFailure(.data, "record: an accepted recipient has no msgKey: its message cannot be recorded")
        }
        return .ok
    }

    /// A send of the application's, its rows first.
    static func send(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let loaded = try LoadedConfiguration.load(arguments)
        guard loaded.settings.api.generation == .comm else {
            throw CommandFailure(
                .configuration,
                "send: api.generation \"omni\" has no idempotency keys, without which a send could go out"
                    + " twice: send in the application, and use `record`")
        }
        let body = try InputFile.read(arguments)
        let request: SendRequest
        do throws(SendFlaw) {
            request = try SendRequest(body: body)
        } catch {
            throw CommandFailure(.data, "send: \(error.message)")
        }
        let serviceType = try serviceType(arguments, loaded.settings, known: request.serviceType)
        var random = SystemRandomNumberGenerator()
        let send = NewSend(request, as: SendKey(random: &random), serviceType: serviceType)
        let log = LineLog(loaded.settings.log, descriptor: STDERR_FILENO)
        defer { log.finish() }
        let story = try await withLedger(loaded.settings, .readWrite) { ledger throws(LedgerError) in
            try await ledger.begin(send, at: SystemTime().now)
            return try await SendErrand(send.key, loaded, ledger, log).story()
        }
        log.finish()
        if arguments.has(.json) {
            Terminal.output(SendText.json(send.key, story).text)
        } else {
            for line in SendText.lines(story) { Terminal.line(line) }
        }
        guard story.isClosed else {
            throw CommandFailure(
                .unavailable,
                "send: \(story.trouble ?? "no answer yet"): it is kept as \(send.key.text), and the daemon, `once`"
                    + " or the next `send` finds out what became of it: do not send it again")
        }
        guard !story.accepted.isEmpty else { throw CommandFailure(.unavailable, "send: nothing was accepted") }
        return .ok
    }

    /// What the rows' column is to hold; nil where nobody knows.
    /// - Parameter known: by what is sent.
    static func serviceType(
        _ arguments: Arguments, _ settings: Settings, known: String? = nil
    ) throws(CommandFailure) -> String? {
        try arguments.serviceType(settings.store) ?? serviceType(settings, known: known)
    }

    /// The same where nobody asks for another.
    nonisolated static func serviceType(_ settings: Settings, known: String?) -> String? {
        guard let ours = settings.store.serviceTypes else { return known }
        return known.flatMap { ours.contains($0) ? $0 : nil } ?? ours.first
    }
}
