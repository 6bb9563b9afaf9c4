internal import Reconciliation

/// Lines in the log about settlements, one each; of the many that a storm brings there is the count.
struct SettlementLines {
    /// Lines about single messages.
    private static let most = 100

    private var written = 0
    private var others: [LogEvent.SettlementKind: Int] = [:]

    @EventLoop
    mutating func write(_ settlement: Settlement, to log: any Log) {
        guard written >= Self.most else {
            written += 1
            return log.write(.settled(settlement))
        }
        others[LogEvent.SettlementKind(settlement), default: 0] += 1
    }

    /// Tells the counts, and begins anew.
    @EventLoop
    mutating func finish(in log: any Log) {
        for (kind, count) in others.sorted(by: { $0.key < $1.key }) { log.write(.settled(kind, count: count)) }
        self = SettlementLines()
    }
}
