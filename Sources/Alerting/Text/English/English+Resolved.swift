internal import Reconciliation

extension English {
    func resolved(_ alert: Alert, most: Int) -> String {
        let count = messages(alert.count)
        let span = span(alert)
        switch alert.identity.name {
        case .accountRefused, .senderRefused:
            return "\(labelledCode(alert)): messages are being delivered again. \(count) refused \(span). Those stay "
                + "dead letters until the application sends them again; bizgo-reconciler list --reason reported names "
                + "them."
        case .deadLetters:
            return "No further dead letters. \(count) failed \(span): \(reasonsAndCodes(alert, most: most))."
        case .staleMessages: return "No further messages given up. \(count) \(span): \(reasons(alert, most: most))."
        case .lateReports: return "No further late reports. \(count) \(span)."
        case .providerUnreachable:
            return "Bizgo gives usable answers again. It did not \(span); what was left over is being worked off."
        case .providerRefused where alert.cause == .polling:
            return
                "Reports need not be fetched any more, or can be again. They could not \(span); messages were checked "
                + "one by one."
        case .providerRefused:
            return "Bizgo refuses our key and address no longer. It did \(span). If it does not answer yet, "
                + "ProviderUnreachable says so."
        case .storeTrouble where Readable.isAboutRows(alert):
            return "All rows of the message table can be changed again, or need not be. Some could not \(span)."
        case .storeTrouble:
            return
                "The message database can be used again. It could not \(span); what was left over is being worked off."
        case .sinkFailing where alert.cause == .gone:
            return "The sink \(Readable.sink(alert)) is not configured any more. Alerts did not reach it \(span)."
        case .sinkFailing:
            return "Alerts reach the sink \(Readable.sink(alert)) again. They did not \(span); what it missed is being "
                + "told."
        case .webhookGap: return "Webhooks arrive again. Too many did not \(span)."
        case .pendingAging: return "No message is pending for too long any more. There were some \(span)."
        case .backlog: return "The backlog is worked off. Too many messages were pending \(span)."
        case .rateLimited: return "Bizgo takes our requests again. It answered most with 429 \(span)."
        case .cycleOverrun: return "Cycles end in time again. They did not \(span)."
        case .unreadableRows: return "All rows of the message table can be read. Some could not \(span)."
        case .clockJump: return "This host's clock has been even again. It jumped \(span)."
        }
    }
}
