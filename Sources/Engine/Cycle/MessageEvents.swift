internal import Reconciliation

/// The log lines of one cycle about single messages: at most 100 of them, the rest in counts.
@Loop
final class MessageEvents {
    static let limit = 100

    private let log: any Log
    private var written = 0
    private var counted: [Summary: Int] = [:]

    private struct Summary: Hashable {
        var level: LogLevel
        var name: String
        var reason: String?
    }

    init(log: any Log) {
        self.log = log
    }

    func report(_ settlement: Settlement) {
        let (level, name): (LogLevel, String) =
            switch settlement.to {
            case .sent where settlement.isLate: (.info, "message.late_report")
            case .sent: (.info, "message.sent")
            default: (.warn, "message.dead_letter")
            }
        guard written < Self.limit else {
            counted[Summary(level: level, name: name, reason: settlement.reason?.rawValue), default: 0] += 1
            return
        }
        written += 1
        log.write(LogEvent(level, name, fields(settlement)))
    }

    /// Writes one line with the count for each kind of event that was not written by itself.
    func finish() {
        for (summary, count) in counted.sorted(by: {
            ($0.key.name, $0.key.reason ?? "") < ($1.key.name, $1.key.reason ?? "")
        }) {
            let reason = summary.reason.map { [LogField("reason", .string($0))] } ?? []
            log.write(LogEvent(summary.level, summary.name, [LogField("count", .integer(count))] + reason))
        }
        counted = [:]
    }

    private func fields(_ settlement: Settlement) -> [LogField] {
        var fields = [LogField("msg_key", .string(settlement.key.text))]
        if let reason = settlement.reason { fields.append(LogField("reason", .string(reason.rawValue))) }
        if let code = settlement.code, settlement.to != .sent {
            fields.append(LogField("code", .string(code.text)))
            fields.append(LogField("class", .string(code.meaning.rawValue)))
            if let gloss = code.gloss { fields.append(LogField("meaning", .string(gloss))) }
        }
        if settlement.source == .polling { fields.append(LogField("source", .string(settlement.source.rawValue))) }
        if settlement.from == .deadLetter { fields.append(LogField("was", .string("dead_letter"))) }
        fields.append(LogField("asked", .integer(settlement.tracking.answers + settlement.tracking.failures)))
        return fields
    }
}
