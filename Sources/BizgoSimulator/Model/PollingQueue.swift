/// Reports waiting to be fetched, and the batch handed out but not acknowledged yet.
struct PollingQueue: Sendable {
    struct Batch: Sendable, Equatable {
        var reportId: String
        var reports: [Announcement]
    }

    private var waiting: [Announcement] = []
    private var batch: Batch?
    private var batches: Int64 = 0

    var waitingCount: Int { waiting.count + (batch?.reports.count ?? 0) }

    mutating func append(_ announcement: Announcement) {
        waiting.append(announcement)
    }

    /// The batch that is out, or a new one; nil where there is nothing. Reports waiting since before `oldest` are
    /// dropped instead.
    mutating func next(limit: Int, oldest: Int64) -> Batch? {
        if let batch { return batch }
        waiting.removeAll { $0.at < oldest }
        guard !waiting.isEmpty else { return nil }
        batches += 1
        let new = Batch(reportId: "RPT\(1_000_000 + batches)", reports: Array(waiting.prefix(limit)))
        waiting.removeFirst(new.reports.count)
        batch = new
        return new
    }

    /// Acknowledges the batch that is out; false for any other id.
    mutating func acknowledge(_ reportId: String) -> Bool {
        guard batch?.reportId == reportId else { return false }
        batch = nil
        return true
    }
}
