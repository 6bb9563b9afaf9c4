internal import Configuration
internal import Engine
internal import Ledger
internal import Reconciliation

/// Silences what fires until it resolves. The daemon, which may be running, reads it with its next look at the alerts.
@Loop
enum AckCommand {
    static func run(_ arguments: Arguments) async throws(CommandFailure) -> ExitCode {
        let labels = try labels(arguments.operands.dropFirst())
        let name = try name(arguments.operands[0])
        let ledger = try LedgerDoor.open(try Setup.settings(arguments), .readWrite)
        let alerts: [Alert]
        do throws(LedgerError) {
            alerts = try await ledger.acknowledge(name, labels: labels, at: SystemTime().now)
        } catch {
            throw CommandFailure(error)
        }
        await ledger.close()
        guard !alerts.isEmpty else {
            let meant = AlertIdentity(name, labels: labels).dedupKey
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

    private static func name(_ text: String) throws(CommandFailure) -> AlertName {
        guard let name = AlertName(rawValue: text) else {
            let names = AlertName.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.negative, "ack: there is no alert `\(text)`; there are \(names)")
        }
        guard name != .storeTrouble else {
            throw CommandFailure(
                .negative, "ack: StoreTrouble cannot be acknowledged: it is about the database that would note it")
        }
        return name
    }

    private static func labels(_ words: ArraySlice<String>) throws(CommandFailure) -> [String: String] {
        var labels: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw CommandFailure(.usage, "ack: expected LABEL=VALUE, found `\(word)`. Try `help ack`")
            }
            guard labels.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw CommandFailure(.usage, "ack: the label `\(parts[0])` is given twice")
            }
        }
        return labels
    }
}
