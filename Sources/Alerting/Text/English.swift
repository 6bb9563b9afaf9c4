internal import Reconciliation

struct English: Wording {
    let zone: Zone
    let whatToDo = "First: "
    let overByNow = " (Over by now.)"
    let test =
        "This is a test (bizgo-reconciler alert-test). Nothing is wrong, and there is nothing to do: alerts reach you "
        + "here. Where it stays open, close it by hand."

    func state(_ state: Alert.State) -> String {
        switch state {
        case .firing: "FIRING"
        case .resolved: "RESOLVED"
        }
    }

    /// `500 messages`
    func messages(_ count: Int) -> String {
        count == 1 ? "1 message" : "\(NumberText.grouped(count)) messages"
    }

    func examples(_ list: String) -> String { "Examples: \(list)" }

    func origin(since: Timestamp, host: String, version: String) -> String {
        "Since \(zone.second(since)) on \(host), bizgo-reconciler \(version)"
    }

    /// `2026-11-23 17:43 +00:00`
    func time(_ time: Timestamp, withSeconds: Bool = false) -> String {
        withSeconds ? zone.second(time) : zone.minute(time)
    }

    /// `from … to …`
    func span(_ alert: Alert) -> String {
        let isBrief = Readable.wasBrief(alert)
        let end = alert.resolvedAt ?? alert.lastEventAt
        return "from \(time(alert.since, withSeconds: isBrief)) to \(time(end, withSeconds: isBrief))"
    }

    /// ` (HTTP 503)`, or nothing.
    func detail(_ alert: Alert) -> String {
        Readable.detail(alert).map { " (\($0))" } ?? ""
    }

    /// `64008 (account has no usage permission)`
    func code(_ code: String) -> String {
        guard let gloss = ReportCode(code)?.gloss else { return code }
        return "\(code) (\(gloss))"
    }

    func labelledCode(_ alert: Alert) -> String { code(alert.identity.labels["code"] ?? "?") }

    func labelledClass(_ alert: Alert) -> String { alert.identity.labels["class"] ?? "?" }

    /// `recipient 80, content 12`
    func reasons(_ alert: Alert, most: Int) -> String {
        Tally.list(Tally(alert.tally).reasons, most: most) { $0 }
    }

    /// `recipient 80; codes 23001 (number has no subscriber) 80`
    func reasonsAndCodes(_ alert: Alert, most: Int) -> String {
        let codes = Tally.list(Tally(alert.tally).codes, most: most, code)
        return [reasons(alert, most: most), codes].filter { !$0.isEmpty }.joined(separator: "; codes ")
    }
}

extension English {
    func firing(_ alert: Alert, most: Int) -> AlertMeaning {
        let since = time(alert.since)
        let detail = detail(alert)
        switch alert.identity.name {
        case .accountRefused, .senderRefused, .deadLetters, .staleMessages, .lateReports, .webhookRejected,
            .webhookDisagrees, .falseSent, .missingRows:
            return firingOfMessages(alert, most: most)
        case .providerUnreachable:
            return AlertMeaning(
                what: "Bizgo has given no usable answer since \(since)\(detail). No message can be checked meanwhile; "
                    + "none is given up for that, and asking goes on by itself.",
                first: "check this host's network, name resolution and proxy, then Bizgo's notices.")
        case .providerRefused where alert.cause == .polling:
            return AlertMeaning(
                what: "Bizgo has not let us fetch reports since \(since) (A801): its console says WEBHOOK for this "
                    + "key. Messages are still checked, one by one.",
                first: "set the key's report method to POLLING in the Bizgo console, or api.report_method to "
                    + "\"webhook\" here.")
        case .providerRefused:
            return AlertMeaning(
                what: "Bizgo has refused our key or address since \(since)\(detail). No message can be checked "
                    + "meanwhile; none is given up for that.",
                first: "check in the Bizgo console that the API key is valid and this host's address allowed, then "
                    + "bizgo-reconciler check.")
        case .storeTrouble where alert.cause == .rows:
            return AlertMeaning(
                what: "The table refuses some messages' results since \(since)\(detail). All others are settled.",
                first: "check store.statuses against the table's CHECK constraints and triggers; bizgo-reconciler "
                    + "status says more.")
        case .storeTrouble:
            return AlertMeaning(
                what: "The message database cannot be used since \(since)\(detail). Nothing is settled meanwhile, and "
                    + "nothing is lost.",
                first: alert.cause == .server
                    ? "see that the server runs, is the primary and lets our account in (bizgo-reconciler check names "
                        + "a missing GRANT), and whether a transaction left open there holds locks."
                    : "check free disk space, the file's permissions, and who else holds it.")
        case .sinkFailing:
            return AlertMeaning(
                what: "Alerts have not reached the sink \(Readable.sink(alert)) since \(since)\(detail). They are "
                    + "kept and told when it takes them again.",
                first: remedy(alert.cause))
        case .webhookGap:
            return AlertMeaning(
                what: "Too many of the messages settled since \(since) had to be found by asking\(detail). The "
                    + "webhook path looks broken: results come late.",
                first: "check that the webhook is registered with Bizgo and its endpoint answers 200.")
        case .pendingAging:
            return AlertMeaning(
                what: "Messages have been pending for too long since \(since)\(detail). Nobody knows yet whether they "
                    + "arrived.",
                first: "bizgo-reconciler status shows the provider's state and the last cycle.")
        case .backlog:
            return AlertMeaning(
                what: "Too many messages are pending since \(since)\(detail). Their results come late.",
                first: "bizgo-reconciler status; see that webhooks arrive, or raise requests_per_second within the "
                    + "account's limit.")
        case .rateLimited where alert.cause == .token:
            return AlertMeaning(
                what: "Bizgo answers requests for a token with 429 since \(since)\(detail): too many are asked for. "
                    + "No message can be checked meanwhile; nothing is lost, and one is asked for about once a "
                    + "minute.",
                first: "find what else uses api.client_id.")
        case .rateLimited:
            return AlertMeaning(
                what: "Bizgo answers most requests with 429 since \(since)\(detail). Checking is slow; nothing is "
                    + "lost.",
                first: "lower requests_per_second, or find what else uses up the account's limit.")
        case .failureRate:
            return AlertMeaning(
                what: "Too many messages fail for causes of class \(labelledClass(alert)) since \(since)\(detail). "
                    + "Their recipients got nothing.",
                first: "bizgo-reconciler list --status dead_letter shows the codes; the runbook says what to do about "
                    + "each class.")
        case .slowReports:
            return AlertMeaning(
                what: "Too many messages are reported late since \(since)\(detail). They, or their reports, are held "
                    + "up at Bizgo, Kakao or a carrier.",
                first: "see Bizgo's notices, and ask its support if it goes on. Nothing is lost meanwhile.")
        case .cycleOverrun:
            return AlertMeaning(
                what: "A cycle has taken more than five intervals since \(since)\(detail). Results come late.",
                first: "bizgo-reconciler status: is a request or the database slow? check says whether an index is "
                    + "missing.")
        case .unreadableRows:
            return AlertMeaning(
                what: "Some rows of the message table have not been readable since \(since)\(detail). Without a time "
                    + "none is given up, without a key none is asked about.",
                first: "bizgo-reconciler check shows an example and what to set.")
        case .clockJump:
            return AlertMeaning(
                what: "This host's clock has jumped since \(since)\(detail). Messages accepted before are given up "
                    + "later by that much; times in the log may be wrong.",
                first: "check its time synchronisation (NTP).")
        case .canaryLost:
            return AlertMeaning(
                what: "A canary has not been reported delivered in time since \(since)\(detail). Other messages may "
                    + "not arrive either.",
                first: "look at the telephone that it goes to, then at the account and the sender profile in the Bizgo "
                    + "console.")
        case .deliveryCollapse where alert.cause == .silence:
            return AlertMeaning(
                what: "Of the messages that Bizgo accepted, far fewer than usual have been reported delivered since "
                    + "\(since)\(detail), whatever the rows say.",
                first: "bizgo-reconciler ask on a few messages; then the account's state in the Bizgo console.")
        case .deliveryCollapse:
            return AlertMeaning(
                what: "Of the messages that Bizgo accepted, far more than usual fail since \(since)\(detail), whatever "
                    + "the rows say. Most recipients get nothing.",
                first: "bizgo-reconciler verify names the codes; then the account's state in the Bizgo console.")
        case .senderBlocked:
            return AlertMeaning(
                what: "The sender profile cannot send since \(since)\(detail). Its messages are accepted, and nobody "
                    + "receives them.",
                first: "look at the profile in the Bizgo console and in Kakao's channel manager.")
        }
    }

    private func firingOfMessages(_ alert: Alert, most: Int) -> AlertMeaning {
        let count = messages(alert.count)
        let since = time(alert.since)
        switch alert.identity.name {
        case .accountRefused:
            return AlertMeaning(
                what: "\(labelledCode(alert)): \(count) refused since \(since). Every message of this account is "
                    + "being refused; nobody receives anything.",
                first: "look at the account's state in the Bizgo console, or call Bizgo support. What was refused "
                    + "must be sent again by the application once that is mended.")
        case .senderRefused:
            return AlertMeaning(
                what: "\(labelledCode(alert)): \(count) refused since \(since). Every message of this sender is being "
                    + "refused.",
                first: "look at the sender profile's or sender number's state and registration in the Bizgo console. "
                    + "What was refused must be sent again by the application once that is mended.")
        case .deadLetters:
            return AlertMeaning(
                what: "\(count) failed since \(since): \(reasonsAndCodes(alert, most: most)). The recipients got "
                    + "nothing.",
                first: "if one code stands out, mend its cause; bizgo-reconciler list --reason reported names them.")
        case .staleMessages:
            return AlertMeaning(
                what: "\(count) given up since \(since): \(reasons(alert, most: most)). The provider was asked and "
                    + "has no final report, so nobody knows whether they arrived.",
                first: "ask Bizgo support about the examples; send nothing twice before that. bizgo-reconciler list "
                    + "--reason stale (or uncertain, unverifiable) names them.")
        case .webhookRejected:
            return AlertMeaning(
                what: "Webhooks about \(count) were not taken since \(since): \(rejections(alert)). They changed "
                    + "nothing.",
                first: "check webhook.secret_files, webhook.allow and http.trusted_proxies; where they are right, "
                    + "somebody forges reports.")
        case .webhookDisagrees:
            return AlertMeaning(
                what:
                    "Of \(count) Bizgo says, when asked since \(since), the opposite of what a webhook said. Somebody "
                    + "may be forging reports; rows that say SENT stay as they are.",
                first: "set webhook.secret_files and check webhook.allow, then bizgo-reconciler show on the examples.")
        case .falseSent:
            return AlertMeaning(
                what: "\(count) say SENT, and Bizgo says they failed on every channel\(codes(alert, most: most)); "
                    + "found since \(since). The recipients got nothing. The rows stay as they are.",
                first: "have the application write PENDING when a send is accepted, not SENT; bizgo-reconciler verify "
                    + "lists the messages.")
        case .missingRows:
            return AlertMeaning(
                what: "\(count) that Bizgo delivered, or failed to, have no row; found since \(since). Nobody here "
                    + "knows what became of them.",
                first: "find what sends without writing a row, or deletes rows; bizgo-reconciler verify lists the "
                    + "messages.")
        default:
            return AlertMeaning(
                what: "\(count) taken for dead letters since \(since) turned out to be delivered and "
                    + "\(alert.count == 1 ? "is" : "are") SENT now. Where the application sent again, people got it "
                    + "twice.",
                first: "nothing, unless there are many: then make stale_after longer.")
        }
    }

    /// ` (codes 64008 (account has no usage permission) 300)`, or nothing.
    private func codes(_ alert: Alert, most: Int) -> String {
        let codes = Tally.list(Tally(alert.tally).codes, most: most, code)
        return codes.isEmpty ? "" : " (codes \(codes))"
    }

    /// `signature wrong, old or missing 3, from a foreign address 1`
    private func rejections(_ alert: Alert) -> String {
        let words = [("unsigned", "signature wrong, old or missing"), ("foreign", "from a foreign address")]
        let counts = words.compactMap { kind, words in alert.tally[kind].map { "\(words) \($0)" } }
        return counts.joined(separator: ", ")
    }

    private func remedy(_ cause: AlertCause?) -> String {
        switch cause {
        case nil, .polling, .gone, .token, .rows, .server, .silence:
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
        case .webhookRejected:
            return "No further webhooks that are not taken. There were some about \(count) \(span): "
                + "\(rejections(alert))."
        case .webhookDisagrees:
            return "No further webhook was found to say the opposite of Bizgo. \(count) \(span)."
        case .providerUnreachable:
            return "Bizgo gives usable answers again. It did not \(span); what was left over is being worked off."
        case .providerRefused where alert.cause == .polling:
            return
                "Reports need not be fetched any more, or can be again. They could not \(span); messages were checked "
                + "one by one."
        case .providerRefused:
            return "Bizgo refuses our key and address no longer. It did \(span). If it does not answer yet, "
                + "ProviderUnreachable says so."
        case .storeTrouble where alert.cause == .rows:
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
        case .failureRate:
            return "Fewer messages fail for causes of class \(labelledClass(alert)) again. Too many did \(span)."
        case .slowReports: return "Messages are reported in time again. Too many were not \(span)."
        case .cycleOverrun: return "Cycles end in time again. They did not \(span)."
        case .unreadableRows: return "All rows of the message table can be read. Some could not \(span)."
        case .clockJump: return "This host's clock has been even again. It jumped \(span)."
        case .canaryLost: return "Canaries are reported delivered in time again. They were not \(span)."
        case .deliveryCollapse:
            return "As many messages as usual are delivered again. Far fewer were \(span)."
        case .senderBlocked:
            return "The sender profile can send again, or is not looked at any more. It could not \(span)."
        case .falseSent:
            return "No further message that says SENT and failed was found. \(count) \(span). Their rows stay SENT; "
                + "bizgo-reconciler verify lists those of a day."
        case .missingRows: return "No further message without a row was found. \(count) \(span)."
        }
    }
}
