internal import Reconciliation

/// Alerts about what is so.
extension Summaries {
    static func firingOfCondition(_ alert: Alert) -> String {
        let since = time(alert.since)
        let detail = detail(alert)
        switch alert.identity.name {
        case .providerUnreachable:
            return "Bizgo has not answered since \(since)\(detail). No message can be checked meanwhile; none is given "
                + "up for that, and asking goes on by itself. First: check this host's network, name resolution and "
                + "proxy, then Bizgo's notices."
        case .providerRefused where isAboutPolling(alert):
            return firingOfPolling(alert)
        case .providerRefused:
            return "Bizgo has refused our key or address since \(since)\(detail). No message can be checked meanwhile; "
                + "none is given up for that. First: check in the Bizgo console that the API key is valid and this "
                + "host's address allowed, then bizgo-reconciler check."
        case .storeTrouble:
            return "The message database cannot be used since \(since)\(detail). Nothing is settled meanwhile, and "
                + "nothing is lost. First: check free disk space, the file's permissions, and who else holds it."
        case .sinkFailing:
            return "Alerts have not reached the sink \(sink(alert)) since \(since)\(detail). They are kept and told "
                + "when it takes them again. First: check its address or command in the configuration, and its receiver."
        case .webhookGap:
            return "Most messages settled since \(since) had to be found by asking\(detail). The webhook path looks "
                + "broken. First: check that the webhook is registered and its endpoint answers 200."
        case .pendingAging:
            return "Messages have been pending for too long since \(since)\(detail). First: bizgo-reconciler status."
        case .backlog:
            return "Too many messages are pending since \(since)\(detail). First: bizgo-reconciler status."
        case .rateLimited:
            return "Bizgo answers most requests with 429 since \(since)\(detail). Checking is slow. First: lower "
                + "requests_per_second, or find what else uses up the account's limit."
        case .cycleOverrun:
            return
                "Cycles have taken longer than their interval since \(since)\(detail). First: bizgo-reconciler status."
        case .clockJump:
            return "This host's clock jumped at \(since)\(detail). First: check its time synchronisation."
        case .accountRefused, .senderRefused, .deadLetters, .staleMessages, .lateReports:
            return firingOfMessages(alert)
        }
    }

    static func resolvedOfCondition(_ alert: Alert) -> String {
        let span = span(alert)
        switch alert.identity.name {
        case .providerUnreachable:
            return "Bizgo answers again. It did not \(span); what was left over is being worked off."
        case .providerRefused where isAboutPolling(alert):
            return resolvedOfPolling(alert)
        case .providerRefused:
            return "Bizgo takes our key and address again. It did not \(span); what was left over is being worked off."
        case .storeTrouble:
            return
                "The message database can be used again. It could not \(span); what was left over is being worked off."
        case .sinkFailing:
            return "Alerts reach the sink \(sink(alert)) again. They did not \(span); what it missed is being told."
        case .webhookGap: return "Webhooks arrive again. Too many did not \(span)."
        case .pendingAging: return "No message is pending for too long any more. There were some \(span)."
        case .backlog: return "The backlog is worked off. Too many messages were pending \(span)."
        case .rateLimited: return "Bizgo takes our requests again. It answered most with 429 \(span)."
        case .cycleOverrun: return "Cycles end in time again. They did not \(span)."
        case .clockJump: return "This host's clock has been even again. It jumped \(span)."
        case .accountRefused, .senderRefused, .deadLetters, .staleMessages, .lateReports:
            return resolvedOfMessages(alert)
        }
    }

    private static func sink(_ alert: Alert) -> String {
        alert.identity.labels["sink"] ?? "?"
    }
}
