internal import Reconciliation

/// What the application itself has settled. Only its rows tell: those that are settled and of which the audit knows nothing,
/// in the time of their `updated_at`; where that is not mapped, or empty, the time of acceptance stands for it. Each row is
/// counted once.
///
/// The young rows at the table's end are looked at every time, as they may be settled at any moment. Two hours after its
/// acceptance a row has had its webhook: the place moves past it, and with it go its counts into the table of counts, for
/// good. One that is still open then, or is reserved for later, and that the application settles after that is not counted;
/// nor is it looked for, as nothing would find it but a walk through the table.
///
/// All that wants a table whose rows' addresses grow (`RowAddress.grows`).
struct ElsewhereReader {
    private static let patience = Duration.seconds(2 * 3600)
    /// Young rows looked at every time, from the newest on.
    static let rowsLookedAt = 20_000
    /// Rows that the place moves past at a time.
    static let rowsPassed = 20_000
    /// Where nothing was counted yet, from so many rows before the table's end on.
    static let rowsAtFirst = 200_000

    let mapping: TableMapping
    let database: any Database

    typealias Counts = [RateTables.Slot: [MessageOutcome: Int]]

    /// Rows that are not young any more, up to a place.
    struct Passed {
        var counts: Counts = [:]
        /// Nil: before the first row.
        var place: RowLocator?
    }

    /// - Parameter place: up to where rows have been counted for good; nil where none have.
    /// - Returns: nil where the place stays.
    func pass(_ place: RowLocator?, at now: Timestamp) throws -> Passed? {
        guard let last = try end() else { return nil }
        let start = try start(place, last)
        var passed = Passed(place: start)
        let young = now - Self.patience
        try walk(backwards: false).each(in: RowRange(past: start), atMost: Self.rowsPassed) { row in
            // What seems to be accepted in the future must not stop it.
            if let acceptedAt = mapping.time.time(row.value(1)), acceptedAt > young, !acceptedAt.isFarAhead(of: now) {
                return .stop
            }
            passed.place = try mapping.locator(row)
            count(row, into: &passed.counts, at: now)
            return .more
        }
        return passed.place == place ? nil : passed
    }

    /// Rows behind the place.
    func young(_ place: RowLocator?, at now: Timestamp) throws -> Counts {
        var counts: Counts = [:]
        guard let last = try end() else { return counts }
        let range = RowRange(past: try start(place, last))
        try walk(backwards: true).each(in: range, atMost: Self.rowsLookedAt) { row in
            count(row, into: &counts, at: now)
            return .more
        }
        return counts
    }

    /// The table's last row; nil where it has none.
    private func end() throws -> RowLocator? {
        try database.statement(
            "SELECT \(mapping.placeRead) FROM \(mapping.table) AS n ORDER BY \(mapping.place) DESC LIMIT 1"
        ).first { try mapping.locator($0) }
    }

    /// A place behind the table's end is one of a table that was emptied, or renumbered, since.
    private func start(_ place: RowLocator?, _ last: RowLocator) throws -> RowLocator? {
        guard let number = last.number else { return place }
        if let place, let passed = place.number, passed <= number { return place }
        let (first, overflow) = number.subtractingReportingOverflow(Int64(Self.rowsAtFirst))
        return overflow ? nil : RowLocator(first)
    }

    private func walk(backwards: Bool) -> RowWalk {
        RowWalk(
            .init(
                """
                \(mapping.startColumns), \(mapping.updatedAt.map { "n.\($0)" } ?? "NULL"), \(mapping.statusNumber),
                    \(mapping.reportCode.map { mapping.dialect.text("n.\($0.name)") } ?? "NULL"),
                    \(mapping.statusNumber) IN (1, 2) AND n.\(mapping.key) IS NOT NULL AND n.\(mapping.key) <> ''
                    AND NOT EXISTS (
                        SELECT 1 FROM reconciler_audit AS a WHERE a.message_key = \(mapping.exactKey))
                """, of: mapping), backwards: backwards, on: database)
    }

    private func count(_ row: any Row, into counts: inout Counts, at now: Timestamp) {
        guard row.flag(6), let settledAt = mapping.time.time(row.value(3)) ?? mapping.start(row, at: 1),
            settledAt >= RateTables.oldestKept(at: now),
            let outcome = MessageOutcome(TableMapping.status(row.integer(4)), row.text(5).flatMap(ReportCode.init))
        else { return }
        counts[RateTables.Slot(min(settledAt, now)), default: [:]][outcome, default: 0] += 1
    }
}
