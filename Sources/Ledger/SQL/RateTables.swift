internal import Engine
internal import Reconciliation

/// What became of messages, and how long their reports took, counted by five minutes: for the alerts that watch shares of
/// them, and for the status page. What the reconciler settles is counted in the transaction that settles it, what the
/// application does by `ElsewhereReader`.
final class RateTables {
    /// Five minutes, counted since 1970.
    struct Slot: Hashable, Comparable {
        static let length: Int64 = 300_000

        var number: Int64

        init(_ number: Int64) {
            self.number = number
        }

        init(_ time: Timestamp) {
            number = time.milliseconds / Self.length
        }

        /// Hours since 1970.
        var hour: Int64 { number / (3_600_000 / Self.length) }

        static func < (left: Slot, right: Slot) -> Bool { left.number < right.number }
    }

    private let insertOutcome: any PreparedStatement
    private let insertDelay: any PreparedStatement
    private let readOutcomes: any PreparedStatement
    private let readDelays: any PreparedStatement
    private let removals: [any PreparedStatement]

    init(on database: any Database) throws {
        func adding(_ table: String, _ kind: String) throws -> any PreparedStatement {
            try database.prepare(
                """
                INSERT INTO \(table) (slot, \(kind), count) VALUES (?1, ?2, ?3)
                \(database.dialect.onConflict(["slot", kind])) count = \(table).count + ?3
                """)
        }
        func reading(_ table: String, _ kind: String) throws -> any PreparedStatement {
            try database.prepare(
                """
                SELECT slot, \(kind), count FROM \(table) WHERE slot BETWEEN ?1 AND ?2
                """)
        }
        insertOutcome = try adding("reconciler_outcome", "outcome")
        insertDelay = try adding("reconciler_delay", "seconds")
        readOutcomes = try reading("reconciler_outcome", "outcome")
        readDelays = try reading("reconciler_delay", "seconds")
        removals = try ["reconciler_outcome", "reconciler_delay"].map {
            try database.prepare("DELETE FROM \($0) WHERE slot < ?1")
        }
    }

    /// Settlements that took effect. A report counts at its own time.
    func add(_ settlements: [Settlement], at now: Timestamp) throws {
        var outcomes: [MessageOutcome: Int] = [:]
        var delays: [Slot: ReportDelays] = [:]
        for settlement in settlements {
            if let outcome = MessageOutcome(settlement) { outcomes[outcome, default: 0] += 1 }
            guard let delay = settlement.delay(learntAt: now), delay.reportedAt >= Self.oldestKept(at: now) else {
                continue
            }
            delays[Slot(delay.reportedAt), default: ReportDelays()].add(step: ReportDelays.step(of: delay.length))
        }
        try add([Slot(now): outcomes])
        for (slot, delays) in delays {
            for (seconds, count) in delays.counts {
                try insertDelay.run(.integer(slot.number), .integer(seconds), SQLValue(count))
            }
        }
    }

    func add(_ outcomes: [Slot: [MessageOutcome: Int]]) throws {
        for (slot, counts) in outcomes {
            for (outcome, count) in counts {
                try insertOutcome.run(.integer(slot.number), .text(outcome.name), SQLValue(count))
            }
        }
    }

    /// By hours since 1970.
    func outcomes(since start: Timestamp, until end: Timestamp) throws -> [Int64: OutcomeCounts] {
        var hours: [Int64: OutcomeCounts] = [:]
        try readOutcomes.each(.integer(Slot(start).number), .integer(Slot(end).number)) { row in
            if let outcome = row.text(1).flatMap(MessageOutcome.init(name:)) {
                hours[Slot(row.integer(0)).hour, default: OutcomeCounts()].add(outcome, row.count(2))
            }
            return .more
        }
        return hours
    }

    /// By hours since 1970.
    func delays(since start: Timestamp, until end: Timestamp) throws -> [Int64: ReportDelays] {
        var hours: [Int64: ReportDelays] = [:]
        try readDelays.each(.integer(Slot(start).number), .integer(Slot(end).number)) { row in
            hours[Slot(row.integer(0)).hour, default: ReportDelays()].add(step: row.integer(1), row.count(2))
            return .more
        }
        return hours
    }

    func prune(at now: Timestamp) throws {
        for removal in removals { try removal.run(.integer(Slot(Self.oldestKept(at: now)).number)) }
    }

    /// A day more than anybody asks for.
    static func oldestKept(at now: Timestamp) -> Timestamp {
        now - .seconds((StatusFigures.days + 1) * 86_400)
    }
}

extension MessageOutcome {
    /// The words of the table.
    fileprivate var name: String {
        switch self {
        case .delivered: ReportClass.delivered.rawValue
        case .failed(let meaning): meaning.rawValue
        case .givenUp: "given_up"
        }
    }

    fileprivate init?(name: String) {
        switch (name, ReportClass(rawValue: name)) {
        case ("given_up", _): self = .givenUp
        case (_, .delivered): self = .delivered
        case (_, let meaning?): self = .failed(meaning)
        case (_, nil): return nil
        }
    }
}
