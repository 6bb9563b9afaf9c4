internal import Reconciliation

/// Alerts about what happened to messages.
extension Summaries {
    /// As many counts as leave room for what to do.
    static func firingOfMessages(_ alert: Alert) -> String {
        let room = maximumCharacters - overByNow.count
        let texts = [3, 2].lazy.map { firingOfMessages(alert, Tally(alert.tally, most: $0)) }
        return texts.first { $0.count <= room } ?? firingOfMessages(alert, Tally(alert.tally, most: 1))
    }

    private static func firingOfMessages(_ alert: Alert, _ tally: Tally) -> String {
        let count = messages(alert.count)
        let since = time(alert.since)
        switch alert.identity.name {
        case .accountRefused:
            return "\(code(alert)): \(count) refused since \(since). Every message of this account is being refused; "
                + "nobody receives anything. First: look at the account's state in the Bizgo console, or call Bizgo "
                + "support. What was refused must be sent again by the application once that is mended."
        case .senderRefused:
            return "\(code(alert)): \(count) refused since \(since). Every message of this sender is being refused. "
                + "First: look at the sender profile's or sender number's state and registration in the Bizgo console. "
                + "What was refused must be sent again by the application once that is mended."
        case .deadLetters:
            return "\(count) failed since \(since): \(joined(tally)). The recipients got nothing. First: if one code "
                + "stands out, mend its cause; bizgo-reconciler list --reason reported names them."
        case .staleMessages:
            return
                "\(count) given up since \(since): \(tally.reasons). The provider was asked and has no final report, "
                + "so nobody knows whether they arrived. First: ask Bizgo support about the examples; send nothing "
                + "twice before that. bizgo-reconciler list --reason stale (or uncertain, unverifiable) names them."
        default:
            return
                "\(count) taken for dead letters since \(since) turned out to be delivered and \(isOrAre(alert)) SENT "
                + "now. Where the application sent again, people got it twice. First: nothing, unless there are many: "
                + "then make stale_after longer."
        }
    }

    static func resolvedOfMessages(_ alert: Alert) -> String {
        let count = messages(alert.count)
        switch alert.identity.name {
        case .accountRefused, .senderRefused:
            return
                "\(code(alert)): messages are being delivered again. \(count) refused \(span(alert)). Those stay dead "
                + "letters until the application sends them again; bizgo-reconciler list --reason reported names them."
        case .deadLetters:
            return "No further dead letters. \(count) failed \(span(alert)): \(joined(Tally(alert.tally, most: 3)))."
        case .staleMessages:
            return "No further messages given up. \(count) \(span(alert)): \(Tally(alert.tally, most: 3).reasons)."
        default:
            return "No further late reports. \(count) \(span(alert))."
        }
    }

    private static func code(_ alert: Alert) -> String {
        Tally.explained(alert.identity.labels["code"] ?? "?")
    }

    private static func joined(_ tally: Tally) -> String {
        [tally.reasons, tally.codes].filter { !$0.isEmpty }.joined(separator: "; codes ")
    }

    private static func isOrAre(_ alert: Alert) -> String {
        alert.count == 1 ? "is" : "are"
    }
}
