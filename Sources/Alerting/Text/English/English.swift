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
