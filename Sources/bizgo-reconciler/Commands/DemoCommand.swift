internal import BizgoSimulator
internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// The main job as a play of about a minute: what goes wrong in a month, and what the daemon makes of it.
@Loop
struct DemoCommand {
    private let stage: DemoStage
    private let startedAt: Duration

    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        if let folder = arguments[.sandbox] { return try await DemoSandbox.run(in: folder) }
        let stage = try await DemoStage.open()
        let demo = DemoCommand(stage: stage, startedAt: stage.time.uptime)
        await demo.play()
        let overview = try await stage.stop()
        demo.epilogue(overview)
        return .ok
    }

    private func play() async {
        let backlog = stage.provider.loadBacklog()
        for message in backlog { stage.application.accepted([message.key], at: message.acceptedAt) }
        tell(
            "The webhook was never registered: \(backlog.count) messages are PENDING, some for days. The daemon starts."
        )
        stage.start()
        await wait(.seconds(14))

        tell("The webhook is registered now, but half of its calls get lost: 60 new messages.")
        stage.provider.simulator.configure { $0.webhook.lostShare = 0.5 }
        stage.application.accepted(stage.provider.send(60), at: stage.time.now)
        await wait(.seconds(9))

        tell("A race: a webhook arrives while the answer to the daemon's own question is on its way.")
        let race = stage.provider.loadRace(at: stage.time.now)
        stage.application.accepted([race], at: stage.time.now - .seconds(3600))
        await wait(.seconds(6))

        tell("The account is suspended. 40 messages are answered A000 all the same, and their webhooks get lost.")
        stage.provider.simulator.configure { $0.webhook.lostShare = 1 }
        stage.provider.simulator.setSuspended(true)
        stage.application.accepted(stage.provider.send(40), at: stage.time.now)
        await wait(.seconds(10))

        tell("The account is restored, and 5 messages get through.")
        stage.provider.simulator.setSuspended(false)
        stage.application.accepted(stage.provider.send(5), at: stage.time.now)
        await wait(.seconds(8))

        tell("A message given up as stale was delivered after all: a late report.")
        stage.provider.deliverLate()
        await wait(.seconds(14))
    }

    private func tell(_ text: String) {
        Terminal.progress("")
        Terminal.output("\n── \((stage.time.uptime - startedAt).components.seconds) s ── \(text)")
    }

    private func wait(_ duration: Duration) async {
        let end = stage.time.uptime + duration
        while stage.time.uptime < end {
            let counts = stage.application.counts()
            Terminal.progress(
                "\((stage.time.uptime - startedAt).components.seconds) s of about 60 s   pending \(counts.pending)   "
                    + "sent \(counts.sent)   dead letters \(counts.deadLetters)")
            _ = try? await stage.time.sleep(for: .milliseconds(500))
        }
        Terminal.progress("")
    }

    private func epilogue(_ overview: LedgerOverview) {
        let gate = stage.session.gate
        let webhooks = stage.provider.simulator.statistics.webhooks
        let reasons = DeadLetterReason.allCases.map { "\(overview.deadLettersByReason[$0] ?? 0) \($0.rawValue)" }
        Terminal.output("")
        let rows = [
            ["delivered", "\(overview.sent) SENT"],
            ["dead letters", "\(overview.deadLetters): " + reasons.joined(separator: ", ")],
            ["still pending", "\(overview.pending), to be asked about again later"],
            ["asked", "\(gate.requests) requests, \(gate.answers) answered"],
            ["webhooks", "\(webhooks.reports) reports, \(webhooks.acknowledged) arrived, \(webhooks.lost) lost"],
            ["alerts firing", overview.firing.map(\.identity.dedupKey).joined(separator: ", ")],
            ["database", stage.database],
            ["the whole log", stage.logFile],
        ]
        for line in TextTable.lines(["WHAT", "HOW IT ENDED"], rows) { Terminal.output(line) }
        Terminal.output(
            """

            One message's story:  sqlite3 \(stage.database) "SELECT * FROM reconciler_audit LIMIT 5"
            An account alert:     grep AccountRefused \(stage.logFile)
            Clear away:           rm -r \(stage.folder)
            """)
    }
}
