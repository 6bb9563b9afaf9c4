internal import Reconciliation

extension Tracking {
    /// In the order in which `init(_:from:)` reads them; `t` is `reconciler_message`.
    static let columns =
        "t.answers, t.answered_in_window, t.last_code, t.failures, t.reason, t.refusal, t.first_seen_at, "
        + "t.told_refusals"

    /// - Parameter column: where `columns` begin.
    init(_ row: Statement, from column: Int32) {
        self.init(
            answers: row.count(column), wasAnswered: row.flag(column + 1),
            lastCode: row.text(column + 2).flatMap(ReportCode.init), failures: row.count(column + 3),
            reason: row.text(column + 4).flatMap(DeadLetterReason.init(rawValue:)), refusal: row.text(column + 5),
            firstSeenAt: row.time(column + 6))
        toldRefusals = Set((row.text(column + 7) ?? "").split(separator: " ").compactMap { ReportCode(String($0)) })
    }
}
