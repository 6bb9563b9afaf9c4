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
