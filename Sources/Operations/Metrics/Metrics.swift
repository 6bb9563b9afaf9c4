package import Engine
package import Reconciliation

/// Keeps the metrics for as long as the process lives, whatever is reloaded meanwhile, and their file up to date.
///
/// After a cycle it looks at the store, in its own time: nobody waits for it. What cannot be read stays as it was;
/// what cannot be written is a line in the log, once, and is tried again after the next cycle.
@EventLoop
package final class Metrics: MetricsRecorder {
    /// Between two writings, so that a burst of deliveries costs one.
    static let shortestPause = Duration.seconds(2)
    /// Between two counts of a table that takes more than one step to count.
    static let pauseBetweenCounts = Duration.seconds(600)

    private var set: MetricSet
    private let time: any Timekeeper
    private let log: any Log
    private var file: AtomicFile?
    private var census: (any TableCounts)?
    /// Whether somebody may ask for the text at any time.
    private var isServed = false

    private var look: Task<Void, Never>?
    private var nextCountAt = Duration.zero
    private var lastWriteAt: Duration?
    private var laterWrite: Task<Void, Never>?
    private var isFailing = false

    package init(version: String, time: any Timekeeper, log: any Log) {
        set = MetricSet(version: version, startedAt: time.now)
        self.time = time
        self.log = log
    }

    /// Takes over a configuration.
    /// - Parameters:
    ///   - file: nil to write none.
    ///   - isServed: whether somebody may ask for the text at any time.
    ///   - sinks: names of those that are told of alerts.
    package func adopt(file: AtomicFile?, isServed: Bool = false, census: any TableCounts, sinks: [String]) {
        self.file = file
        self.isServed = isServed
        self.census = census
        nextCountAt = time.uptime
        for sink in sinks { set.begin(sink: sink) }
        touch()
    }

    /// All that is measured, in Prometheus' text format.
    package var text: String { self.set.text }

    /// A configuration was read again, and taken or refused. Whoever has just asked for that looks now.
    package func reloaded(isTaken: Bool) {
        set.reloaded(isTaken: isTaken)
        writeNow()
    }

    /// At the end: writes what there is. The file stays; its age shows by `last_cycle_timestamp_seconds`.
    package func finish() async {
        await look?.value
        writeNow()
    }

    /// Another instance works: nothing is looked at or written any more until a configuration is taken over, and the file is
    /// removed. Its age would say that nobody works.
    package func leave() {
        laterWrite?.cancel()
        laterWrite = nil
        file?.remove()
        file = nil
        census = nil
        isServed = false
    }

    // MARK: Meter

    package func requested(_ endpoint: Endpoint, _ result: RequestResult, took duration: Duration) {
        set.requested(endpoint, result, took: duration)
    }

    package func settled(_ settlement: Settlement) {
        set.settled(settlement, at: time.now)
    }

    package func cycleEnded(_ result: CycleResult, took duration: Duration) {
        set.cycleEnded(result, took: duration, at: time.now)
        guard file != nil || isServed, look == nil else { return touch() }
        look = EventLoop.task { [self] in
            await lookAtStore()
            look = nil
        }
    }

    package func delivered(to sink: String, isAccepted: Bool) {
        set.delivered(to: sink, isAccepted: isAccepted)
        touch()
    }

    package func answered(webhook result: WebhookResult, took duration: Duration) {
        set.answered(webhook: result, took: duration)
        touch()
    }

    package func verified(_ outcome: VerificationOutcome, count: Int) {
        guard count > 0 else { return }
        set.verified(outcome, count: count)
        touch()
    }

    package func firing(_ alerts: [AlertName: Int]) {
        set.firing(alerts)
        touch()
    }

    // MARK: The store

    private func lookAtStore() async {
        defer { touch() }
        guard let census, let standing = try? await census.standing() else { return }
        set.database(bytes: standing.databaseBytes)
        if let pending = standing.pending {
            set.counted(.pending, pending)
            set.oldestPending(acceptedAt: standing.oldestAcceptedAt, at: time.now)
        }
        guard time.uptime >= nextCountAt else { return }
        touch()
        await countTable(census, isPendingKnown: standing.pending != nil)
    }

    private func countTable(_ census: any TableCounts, isPendingKnown: Bool) async {
        guard var table = try? await census.count(past: nil) else { return }
        let isSmall = table.last == nil
        while let last = table.last {
            guard let part = try? await census.count(past: last) else { return }
            table.append(part)
        }
        nextCountAt = time.uptime + (isSmall ? .zero : Self.pauseBetweenCounts)
        set.counted(.sent, table.rows[.sent] ?? 0)
        set.counted(.deadLetter, table.rows[.deadLetter] ?? 0)
        guard !isPendingKnown else { return }
        set.counted(.pending, table.rows[.pending] ?? 0)
        set.oldestPending(acceptedAt: table.oldestAcceptedAt, at: time.now)
    }

    // MARK: The file

    /// Writes at once, or when the pause since the last writing is over.
    private func touch() {
        guard file != nil, laterWrite == nil else { return }
        let wait = lastWriteAt.map { $0 + Self.shortestPause - time.uptime } ?? .zero
        guard wait > .zero else { return write() }
        laterWrite = EventLoop.task { [self] in
            guard (try? await time.sleep(for: wait)) != nil else { return }
            laterWrite = nil
            write()
        }
    }

    private func writeNow() {
        laterWrite?.cancel()
        laterWrite = nil
        write()
    }

    private func write() {
        guard let file else { return }
        lastWriteAt = time.uptime
        do throws(AtomicFile.Failure) {
            try file.write(set.text)
            if isFailing { log.write(LogEvent(.info, .metricsRecovered)) }
            isFailing = false
        } catch {
            if !isFailing { log.write(LogEvent(.warn, .metricsFailed, [LogField("error", .string(error.message))])) }
            isFailing = true
        }
    }
}
