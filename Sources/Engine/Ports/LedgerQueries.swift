package import Reconciliation

/// The store as the status page reads it: bounded in what it looks at, and beside whoever works on it.
package protocol StatusLedger: Sendable {
    func figures(at now: Timestamp) async throws(LedgerError) -> StatusFigures

    /// What fires, oldest first. Cheap: for finding out whether that has changed.
    func firing(at now: Timestamp) async throws(LedgerError) -> [Alert]
}

/// How things stand, in numbers.
package struct StatusFigures: Hashable, Sendable {
    /// Oldest first.
    package var firing: [Alert] = []
    package var pending = PendingAges()
    /// What was settled in the last `days`, by hours; hours in which nothing was are left out.
    package var settled: [SettledCount] = []
    /// In the last `days`, oldest first; hours without any are left out.
    package var rates: [HourRates] = []
    package var origins = Origins()
    package var provider: ProviderHealth?
    package var verification = VerificationFigures()
    /// Newest first.
    package var cycles: [CycleRecord] = []
    package var lastSuccessAt: Timestamp?

    /// How far back it looks.
    package static let days = 7

    package init() {}
}

/// How far verification has come, and what it has found and still keeps.
package struct VerificationFigures: Hashable, Sendable {
    /// Differences that are shown one by one.
    package static let shown = 10

    /// Nil where nothing was ever verified.
    package var progress: VerificationSchedule.Progress?
    package var counts: [Difference.Kind: Int]
    /// Newest first, `shown` at most.
    package var newest: [Difference]

    package init(
        progress: VerificationSchedule.Progress? = nil, counts: [Difference.Kind: Int] = [:],
        newest: [Difference] = []
    ) {
        self.progress = progress
        self.counts = counts
        self.newest = newest
    }
}

/// Pending messages by the time since their acceptance.
package struct PendingAges: Hashable, Sendable {
    /// Where buckets end; the last one has no end.
    package static let bounds: [Duration] = [
        .seconds(600), .seconds(3600), .seconds(6 * 3600), .seconds(24 * 3600), .seconds(72 * 3600),
        .seconds(7 * 86_400),
    ]

    /// One more than there are bounds.
    package var buckets = [Int](repeating: 0, count: bounds.count + 1)
    /// Without a message key: not accepted by the provider (yet).
    package var withoutKey = 0
    package var withoutTime = 0
    /// The oldest's; nil when there is none.
    package var oldest: Duration?
    /// Whether there are more than were looked at.
    package var isCutShort = false

    package init() {}

    package var total: Int { buckets.reduce(0, +) + withoutKey + withoutTime }

    package mutating func add(age: Duration) {
        buckets[Self.bounds.firstIndex { age < $0 } ?? Self.bounds.count] += 1
        oldest = max(oldest ?? age, age)
    }
}

/// Messages that the reconciler settled within one hour in one way.
package struct SettledCount: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case sent
        /// A dead letter that turned out to be delivered.
        case late
        case deadLetter(DeadLetterReason)
    }

    /// Hours since 1970.
    package var hour: Int64
    package var source: Settlement.Source
    package var outcome: Outcome
    /// Of dead letters that have one.
    package var code: ReportCode?
    package var count: Int

    package init(
        hour: Int64, source: Settlement.Source, outcome: Outcome, code: ReportCode? = nil, count: Int
    ) {
        self.hour = hour
        self.source = source
        self.outcome = outcome
        self.code = code
        self.count = count
    }
}

/// What became of the messages settled within an hour, by whomever, and how long the reports of that hour took.
package struct HourRates: Hashable, Sendable {
    /// Hours since 1970.
    package var hour: Int64
    package var outcomes: OutcomeCounts
    package var delays: ReportDelays

    package init(hour: Int64, outcomes: OutcomeCounts, delays: ReportDelays) {
        self.hour = hour
        self.outcomes = outcomes
        self.delays = delays
    }
}

/// Who settled the newest messages, by the hour of their acceptance: only that is known of those that the application
/// settled itself.
package struct Origins: Hashable, Sendable {
    package struct Hour: Hashable, Sendable {
        /// Hours since 1970.
        package var hour: Int64
        /// By the application: its webhook.
        package var elsewhere = 0
        package var asked = 0
        package var polled = 0
        /// By a webhook that the daemon itself took.
        package var taken = 0
        package var pending = 0

        package init(hour: Int64) {
            self.hour = hour
        }
    }

    /// Newest first.
    package var hours: [Hour] = []
    /// Rows that were looked at.
    package var rows = 0
    /// Whether there are more rows.
    package var isCutShort = false

    package init() {}
}

/// One cycle, for `status` and the status page.
package struct CycleRecord: Hashable, Sendable {
    package enum Result: String, Hashable, Sendable {
        case ok
        /// The provider did not answer.
        case failed
    }

    package var startedAt: Timestamp
    package var duration: Duration
    package var result: Result
    package var health: ProviderHealth
    /// What it did: messages due, requests made, messages settled.
    package var due: Int
    package var requests: Int
    package var settled: Int

    package init(
        startedAt: Timestamp, duration: Duration, result: Result, health: ProviderHealth, due: Int = 0,
        requests: Int = 0, settled: Int = 0
    ) {
        self.startedAt = startedAt
        self.duration = duration
        self.result = result
        self.health = health
        self.due = due
        self.requests = requests
        self.settled = settled
    }
}

/// Counts the application's table for metrics, in steps so short that nobody has to wait for them.
package protocol TableCounts: Sendable {
    /// What can be had at little cost, whatever the size of the table.
    func standing() async throws(LedgerError) -> QuickCounts

    /// The next rows of the table, in its order, past that row; nil from the beginning.
    func count(past row: RowLocator?) async throws(LedgerError) -> TablePart
}

package struct QuickCounts: Hashable, Sendable {
    /// Pending rows; nil where no index finds them.
    package var pending: Int?
    /// Of the pending messages that come first in the table; nil where there is none, or no index finds them.
    package var oldestAcceptedAt: Timestamp?
    /// Of the database file, without its journal.
    package var databaseBytes: Int

    package init(pending: Int?, oldestAcceptedAt: Timestamp?, databaseBytes: Int) {
        self.pending = pending
        self.oldestAcceptedAt = oldestAcceptedAt
        self.databaseBytes = databaseBytes
    }
}

/// A part of the table in numbers, or several added up.
package struct TablePart: Hashable, Sendable {
    package var rows: [RowStatus: Int]
    /// When the pending message was accepted that was accepted first.
    package var oldestAcceptedAt: Timestamp?
    /// The last row of the part; nil when the table ends with it.
    package var last: RowLocator?

    package init(rows: [RowStatus: Int] = [:], oldestAcceptedAt: Timestamp? = nil, last: RowLocator? = nil) {
        self.rows = rows
        self.oldestAcceptedAt = oldestAcceptedAt
        self.last = last
    }

    package mutating func append(_ next: TablePart) {
        rows.merge(next.rows, uniquingKeysWith: +)
        oldestAcceptedAt = [oldestAcceptedAt, next.oldestAcceptedAt].compactMap(\.self).min()
        last = next.last
    }
}
