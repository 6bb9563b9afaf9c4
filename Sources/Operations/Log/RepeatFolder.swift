internal import Engine

/// Lets the first few of identical events through and counts the rest. Pure: time is passed in, as monotonic
/// milliseconds.
///
/// Identical are events of one level and name whose text and boolean fields are equal. In warnings and errors numbers
/// (durations, counts) are measurements and may differ; below that they are the news (`cycle.completed sent=12`), so
/// only wholly equal events are repeats. A window begins with the first such event; at its end, one
/// `log.suppressed count=… of=<event>` with the identifying fields stands for all that were held back.
struct RepeatFolder: Sendable {
    /// More identities at once end the oldest window early: memory is bounded whatever happens.
    static let mostIdentities = 1000

    private let limit: Int
    private let window: Int64
    private var windows: [Identity: Window] = [:]
    /// By the beginning of their windows; all windows are equally long, so this is the order in which they end.
    private var order: [Identity] = []
    private var firstInOrder = 0

    /// `limit` identical events pass in each `windowMilliseconds`.
    init(limit: Int = 5, windowMilliseconds: Int64 = 60_000) {
        self.limit = limit
        window = windowMilliseconds
    }

    /// What to write now that `event` happened: summaries of windows that are over, then the event unless it is held
    /// back.
    mutating func admit(_ event: LogEvent, at now: Int64) -> [LogEvent] {
        var result = flush(at: now)
        let identity = Identity(event)
        if var known = windows[identity] {
            known.seen += 1
            windows[identity] = known
            if known.seen <= limit { result.append(event) }
            return result
        }
        if windows.count >= Self.mostIdentities, let summary = endOldest() { result.append(summary) }
        windows[identity] = Window(end: now + window, seen: 1, first: event)
        order.append(identity)
        result.append(event)
        return result
    }

    /// The summaries of windows that are over. Call it at `deadline`, so that a burst that stopped is reported too.
    mutating func flush(at now: Int64) -> [LogEvent] {
        var summaries: [LogEvent] = []
        while let end = oldestEnd, end <= now {
            if let summary = endOldest() { summaries.append(summary) }
        }
        return summaries
    }

    /// Ends all windows: at shutdown nothing stays uncounted.
    mutating func finish() -> [LogEvent] { flush(at: .max) }

    /// When the next summary is due; nil while nothing is held back.
    var deadline: Int64? {
        order[firstInOrder...].lazy.compactMap { windows[$0] }.first { $0.seen > limit }?.end
    }

    /// How many are being watched.
    var identities: Int { windows.count }

    private var oldestEnd: Int64? {
        firstInOrder < order.count ? windows[order[firstInOrder]]?.end : nil
    }

    /// Ends the oldest window; its summary if anything was held back.
    private mutating func endOldest() -> LogEvent? {
        let ended = windows.removeValue(forKey: order[firstInOrder])
        firstInOrder += 1
        if firstInOrder > Self.mostIdentities || firstInOrder == order.count {
            order.removeFirst(firstInOrder)
            firstInOrder = 0
        }
        guard let ended, ended.seen > limit else { return nil }
        return LogEvent(
            ended.first.level, .logSuppressed,
            [LogField("count", .integer(ended.seen - limit)), LogField("of", .string(ended.first.name))]
                + ended.first.fields.filter(\.isIdentifying))
    }

    private struct Window {
        var end: Int64
        var seen: Int
        var first: LogEvent
    }

    private struct Identity: Hashable {
        var level: LogLevel
        var name: String
        var fields: [String]

        init(_ event: LogEvent) {
            level = event.level
            name = event.name
            let identifying = event.level >= .warn ? event.fields.filter(\.isIdentifying) : event.fields
            fields = identifying.flatMap { [$0.key, "\($0.value)"] }
        }
    }
}

extension LogField {
    /// Text and booleans say which; numbers say how much.
    fileprivate var isIdentifying: Bool {
        switch value {
        case .string, .boolean: true
        case .integer, .double: false
        }
    }
}
