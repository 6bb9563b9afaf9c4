internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

/// Silences what fires until it resolves. The daemon, which may be running, reads it with its next look at the alerts.
@Loop
enum AckCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let words = try AlertWords(arguments)
        let settings = try Setup.settings(arguments)
        let alerts = try await LedgerDoor.with(settings, .readWrite) { ledger throws(LedgerError) in
            try await ledger.acknowledge(words.name, labels: words.labels, at: SystemTime().now)
        }
        guard !alerts.isEmpty else {
            let meant = AlertIdentity(words.name, labels: words.labels).dedupKey
            throw CommandFailure(
                .negative, "ack: no alert \(meant) fires: `bizgo-reconciler status` lists those that do")
        }
        for alert in alerts { Terminal.line(line(alert)) }
        return .ok
    }

    private static func line(_ alert: Alert) -> String {
        let key = alert.identity.dedupKey
        return alert.isAcknowledged ? "\(key) was acknowledged before" : "\(key) is silent until it resolves"
    }
}
