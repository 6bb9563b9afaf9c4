package import Reconciliation

/// Counts the application's table for metrics, in steps so short that nobody has to wait for them.
package protocol Census: Sendable {
    /// What can be had at little cost, whatever the size of the table.
    func standing() async throws(LedgerError) -> LedgerStanding

    /// The next rows of the table, in its order, past that row; nil from the beginning.
    func count(past row: Int64?) async throws(LedgerError) -> TablePart
}

package struct LedgerStanding: Hashable, Sendable {
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
    package var last: Int64?

    package init(rows: [RowStatus: Int] = [:], oldestAcceptedAt: Timestamp? = nil, last: Int64? = nil) {
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
