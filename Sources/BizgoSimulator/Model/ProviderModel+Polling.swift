extension ProviderModel {
    /// The batch to hand out; nil where no report is waiting.
    mutating func poll(now: Int64) -> (reportId: String, reports: [ReportView])? {
        _ = takeMatured(now: now)
        let oldest = now - configuration.pollingMilliseconds
        guard let batch = polling.next(limit: configuration.pollingBatch, oldest: oldest) else { return nil }
        let reports = batch.reports.filter { messages[$0.message].channels.indices.contains($0.channel) }
        return (batch.reportId, reports.map { ReportView(message: messages[$0.message], channel: $0.channel) })
    }

    /// Acknowledges a batch; false where the id is not the one that is out.
    mutating func acknowledge(reportId: String) -> Bool {
        polling.acknowledge(reportId)
    }
}

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

/// Announcements by time: a binary heap, so that a hundred thousand maturing reports cost little each.
struct AnnouncementQueue: Sendable {
    private var heap: [Announcement] = []

    var nextAt: Int64? { heap.first?.at }
    var count: Int { heap.count }

    mutating func insert(_ announcement: Announcement) {
        heap.append(announcement)
        var child = heap.count - 1
        while child > 0, heap[child].at < heap[(child - 1) / 2].at {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Removes and returns the earliest one where it is due.
    mutating func popDue(now: Int64) -> Announcement? {
        guard let first = heap.first, first.at <= now else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return first }
            let child = left + 1 < heap.count && heap[left + 1].at < heap[left].at ? left + 1 : left
            guard heap[child].at < heap[parent].at else { return first }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}

/// A report that matures at a time and is then offered by webhook or polling.
struct Announcement: Sendable, Equatable {
    var at: Int64
    var message: Int
    var channel: Int
}
