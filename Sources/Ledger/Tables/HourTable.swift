internal import Engine
internal import Reconciliation

/// What the reconciler settled, counted by the hour.
final class HourTable {
    private let insert: Statement
    private let remove: Statement
    private let read: Statement

    init(on connection: Connection) throws {
        insert = try Statement(
            connection,
            """
            INSERT INTO reconciler_hour (hour, source, outcome, code, count) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (hour, source, outcome, code) DO UPDATE SET count = count + ?5
            """)
        remove = try Statement(connection, "DELETE FROM reconciler_hour WHERE hour < ?1")
        read = try Statement(
            connection,
            """
            SELECT hour, source, outcome, code, count FROM reconciler_hour WHERE hour >= ?1
            ORDER BY hour, source, outcome, code
            """)
    }

    /// Counts settlements that took effect. A dead letter that is only told more precisely was counted before.
    func add(_ settlements: [Settlement], at now: Timestamp) throws {
        var counts: [Kind: Int] = [:]
        for settlement in settlements {
            if let kind = Kind(settlement) { counts[kind, default: 0] += 1 }
        }
        for (kind, count) in counts {
            try insert.run(
                .integer(now.hour), .text(kind.source.rawValue), .text(kind.outcome.name),
                .text(kind.code?.text ?? ""), SQLValue(count))
        }
    }

    func prune(before limit: Timestamp) throws {
        try remove.run(.integer(limit.hour))
    }

    /// Oldest first.
    func counts(since start: Timestamp) throws -> [SettledCount] {
        try read.all(.integer(start.hour)) { row in
            guard let source = row.text(1).flatMap(Settlement.Source.init(rawValue:)),
                let outcome = row.text(2).flatMap(SettledCount.Outcome.init(name:))
            else { return nil }
            return SettledCount(
                hour: row.integer(0), source: source, outcome: outcome, code: row.text(3).flatMap(ReportCode.init),
                count: row.count(4))
        }.compactMap(\.self)
    }

    private struct Kind: Hashable {
        var source: Settlement.Source
        var outcome: SettledCount.Outcome
        var code: ReportCode?

        init?(_ settlement: Settlement) {
            source = settlement.source
            switch (settlement.from, settlement.to) {
            case (.deadLetter, .sent): outcome = .late
            case (_, .sent): outcome = .sent
            case (.pending, .deadLetter):
                outcome = .deadLetter(settlement.reason ?? .reported)
                code = settlement.code
            default: return nil
            }
        }
    }
}

extension SettledCount.Outcome {
    fileprivate var name: String {
        switch self {
        case .sent: "sent"
        case .late: "late"
        case .deadLetter(let reason): reason.rawValue
        }
    }

    fileprivate init?(name: String) {
        switch name {
        case "sent": self = .sent
        case "late": self = .late
        default:
            guard let reason = DeadLetterReason(rawValue: name) else { return nil }
            self = .deadLetter(reason)
        }
    }
}
