internal import Reconciliation

extension English {
    func firing(_ alert: Alert, most: Int) -> String {
        let since = time(alert.since)
        let detail = detail(alert)
        switch alert.identity.name {
        case .accountRefused, .senderRefused, .deadLetters, .staleMessages, .lateReports:
            return firingOfMessages(alert, most: most)
        case .providerUnreachable:
            return "Bizgo has given no usable answer since \(since)\(detail). No message can be checked meanwhile; "
                + "none is given up for that, and asking goes on by itself. First: check this host's network, name "
                + "resolution and proxy, then Bizgo's notices."
        case .providerRefused where alert.cause == .polling:
            return "Bizgo has not let us fetch reports since \(since) (A801): its console says WEBHOOK for this key. "
                + "Messages are still checked, one by one. First: set the key's report method to POLLING in the Bizgo "
                + "console, or api.report_method to \"webhook\" here."
        case .providerRefused:
            return "Bizgo has refused our key or address since \(since)\(detail). No message can be checked meanwhile; "
                + "none is given up for that. First: check in the Bizgo console that the API key is valid and this "
                + "host's address allowed, then bizgo-reconciler check."
        case .storeTrouble where Readable.isAboutRows(alert):
            return "The table refuses some messages' results since \(since)\(detail). All others are settled. First: "
                + "check store.statuses against the table's CHECK constraints and triggers; bizgo-reconciler status "
                + "says more."
        case .storeTrouble:
            return "The message database cannot be used since \(since)\(detail). Nothing is settled meanwhile, and "
                + "nothing is lost. First: check free disk space, the file's permissions, and who else holds it."
        case .sinkFailing:
            return "Alerts have not reached the sink \(Readable.sink(alert)) since \(since)\(detail). They are kept "
                + "and told when it takes them again. First: \(remedy(alert.cause))"
        case .webhookGap:
            return "Too many of the messages settled since \(since) had to be found by asking\(detail). The webhook "
                + "path looks broken: results come late. First: check that the webhook is registered with Bizgo and "
                + "its endpoint answers 200."
        case .pendingAging:
            return "Messages have been pending for too long since \(since)\(detail). Nobody knows yet whether they "
                + "arrived. First: bizgo-reconciler status shows the provider's state and the last cycle."
        case .backlog:
            return "Too many messages are pending since \(since)\(detail). Their results come late. First: "
                + "bizgo-reconciler status; see that webhooks arrive, or raise requests_per_second within the "
                + "account's limit."
        case .rateLimited where alert.cause == .token:
            return "Bizgo answers requests for a token with 429 since \(since)\(detail): too many are asked for. No "
                + "message can be checked meanwhile; nothing is lost, and one is asked for about once a minute. First: find what "
                + "else uses api.client_id."
        case .rateLimited:
            return "Bizgo answers most requests with 429 since \(since)\(detail). Checking is slow; nothing is lost. "
                + "First: lower requests_per_second, or find what else uses up the account's limit."
        case .cycleOverrun:
            return "A cycle has taken more than five intervals since \(since)\(detail). Results come late. First: "
                + "bizgo-reconciler status: is a request or the database slow? check says whether an index is missing."
        case .unreadableRows:
            return "Some rows of the message table have not been readable since \(since)\(detail). Without a time none "
                + "is given up, without a key none is asked about. First: bizgo-reconciler check shows an example and "
                + "what to set."
        case .clockJump:
            return
                "This host's clock has jumped since \(since)\(detail). Messages accepted before are given up later by "
                + "that much; times in the log may be wrong. First: check its time synchronisation (NTP)."
        }
    }

    private func firingOfMessages(_ alert: Alert, most: Int) -> String {
        let count = messages(alert.count)
        let since = time(alert.since)
        switch alert.identity.name {
        case .accountRefused:
            return "\(labelledCode(alert)): \(count) refused since \(since). Every message of this account is being "
                + "refused; nobody receives anything. First: look at the account's state in the Bizgo console, or "
                + "call Bizgo support. What was refused must be sent again by the application once that is mended."
        case .senderRefused:
            return "\(labelledCode(alert)): \(count) refused since \(since). Every message of this sender is being "
                + "refused. First: look at the sender profile's or sender number's state and registration in the "
                + "Bizgo console. What was refused must be sent again by the application once that is mended."
        case .deadLetters:
            return "\(count) failed since \(since): \(reasonsAndCodes(alert, most: most)). The recipients got nothing. "
                + "First: if one code stands out, mend its cause; bizgo-reconciler list --reason reported names them."
        case .staleMessages:
            return "\(count) given up since \(since): \(reasons(alert, most: most)). The provider was asked and has no "
                + "final report, so nobody knows whether they arrived. First: ask Bizgo support about the examples; "
                + "send nothing twice before that. bizgo-reconciler list --reason stale (or uncertain, unverifiable) "
                + "names them."
        default:
            return "\(count) taken for dead letters since \(since) turned out to be delivered and "
                + "\(alert.count == 1 ? "is" : "are") SENT now. Where the application sent again, people got it twice. "
                + "First: nothing, unless there are many: then make stale_after longer."
        }
    }

    private func remedy(_ cause: AlertCause?) -> String {
        switch cause {
        case nil, .polling, .gone, .token:
            "check that its receiver is up and can be reached from this host; nothing else is needed."
        case .address:
            "its address is gone or wrong: get a new one from the receiver, put it into url_file (or url), reload, "
                + "then bizgo-reconciler alert-test."
        case .key:
            "its receiver refuses the key or address: renew it there, put it into the configuration, reload, then "
                + "bizgo-reconciler alert-test."
        case .content:
            "its receiver refuses what it is sent: check that the sink's type fits the address and that its key is "
                + "right, then bizgo-reconciler alert-test."
        case .program:
            "its program cannot be started: mend argv or the file's permissions, then bizgo-reconciler check."
        }
    }
}
