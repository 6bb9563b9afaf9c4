package import Reconciliation

/// Takes webhooks into the ledger: while one transaction is being committed, the next ones gather for another. Whoever sent
/// one is answered when it is durable.
///
/// Where the store is in trouble, or slow, it is kept in memory and written later; within a bound, as what is lost that way
/// is found by asking. Across a reload the successor has it (`succeed`), and an orderly end waits for it (`drain`).
@EventLoop
package final class WebhookIntake {
    /// Reports kept in memory: the oldest go first.
    package static let mostKept = 10_000
    /// Who waits so long is answered; with a look every `lookEvery` that makes less than four seconds.
    private static let patience = Duration.milliseconds(3_700)
    static let lookEvery = Duration.milliseconds(200)
    /// From a failure of the store until it is tried again.
    private static let pause = Duration.seconds(1)
    /// Looks that found nothing to look after, before there are none any more.
    private static let idleLooks = 25
    /// In one transaction, whatever the ledger has room for.
    private static let mostTaken = 1_000

    private struct Item {
        let number: Int
        let entry: ReportEntry
        let cameAt: Duration
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let ledger: any Ledger
    private let sifter: ReportSifter
    private let time: any Timekeeper
    private let log: any Log
    private let meter: any MetricsRecorder
    private let onCommit: @EventLoop (_ isUrgent: Bool) -> Void
    private let makeTicker: TickerMaker
    private let watch: WebhookWatch

    private var waiting: [Item] = []
    /// In the transaction under way.
    private var writing: [Item] = []
    private var writer: Task<Void, Never>?
    private var room = 50
    private var came = 0
    /// Since when the store has been failing, and when it did last.
    private var trouble: (error: LedgerError, failedAt: Duration)?
    /// Reports lost since that was last logged.
    private var lost = 0
    private var lines = SettlementLines()
    private var ticker: (any Ticking)?
    private var idle = 0
    /// Nothing is written any more that came after this one.
    private var lastNumber: Int?
    private weak var successor: WebhookIntake?

    /// - Parameter onCommit: called after each commit; `isUrgent`: people may have to be told.
    package init(
        ledger: any Ledger, sifter: ReportSifter, time: any Timekeeper, log: any Log, meter: any MetricsRecorder,
        makeTicker: @escaping TickerMaker = { Ticker(every: $0, handler: $1) },
        onCommit: @escaping @EventLoop (_ isUrgent: Bool) -> Void
    ) {
        self.ledger = ledger
        self.sifter = sifter
        self.time = time
        self.log = log
        self.meter = meter
        self.makeTicker = makeTicker
        self.onCommit = onCommit
        watch = WebhookWatch(ledger: ledger, time: time) { onCommit(true) }
    }

    /// Reports in memory.
    package var kept: Int { waiting.count + writing.count }

    // MARK: Taking

    /// Takes a good report. Returns when it is committed; or kept in memory, where the store is in trouble or takes more
    /// than four seconds. Whoever sent it may be answered then.
    package func take(_ entry: ReportEntry) async {
        if let successor { return await successor.take(entry) }
        guard trouble == nil else { return add(entry, nil) }
        await withCheckedContinuation { add(entry, $0) }
    }

    /// A report was not taken. Returns at once: nobody's answer waits for what is found out about it.
    /// - Parameter key: the message it claims to be about; nil where that could not be read.
    package func rejected(_ kind: WebhookRejection, key: MessageKey?) {
        if let successor { return successor.rejected(kind, key: key) }
        watch.rejected(kind, key)
        startLooking()
    }

    /// A webhook came from there, taken or not: `check` wants to know of proxies. Returns at once.
    package func seen(_ peer: WebhookPeer) {
        if let successor { return successor.seen(peer) }
        watch.seen(peer)
    }

    private func add(_ entry: ReportEntry, _ waiter: CheckedContinuation<Void, Never>?) {
        came += 1
        waiting.append(Item(number: came, entry: entry.cleaned, cameAt: time.uptime, waiter: waiter))
        if kept > Self.mostKept { lose(Self.mostKept / 100) }
        startLooking()
        if trouble == nil { startWriting() }
    }

    /// The oldest.
    private func lose(_ count: Int) {
        for item in waiting.prefix(count) { item.waiter?.resume() }
        lost += min(count, waiting.count)
        waiting.removeFirst(min(count, waiting.count))
    }

    // MARK: Writing

    private func startWriting() {
        guard writer == nil, !next.isEmpty else { return }
        writer = EventLoop.task { await self.write() }
    }

    private var next: ArraySlice<Item> {
        let batch = waiting.prefix(min(room, Self.mostTaken))
        guard let lastNumber else { return batch }
        return batch.prefix { $0.number <= lastNumber }
    }

    private func write() async {
        while !next.isEmpty {
            writing = Array(next)
            waiting.removeFirst(writing.count)
            do throws(LedgerError) {
                written(try await ledger.take(writing.map(\.entry), by: sifter, time: time))
            } catch {
                guard await mayGoOn(after: error) else { break }
            }
        }
        writer = nil
    }

    private func written(_ result: TakeResult) {
        room = result.commit.room ?? Self.mostTaken
        for settlement in result.commit.applied {
            lines.write(settlement, to: log)
            meter.settled(settlement)
        }
        if trouble != nil {
            trouble = nil
            log.write(LogEvent(.info, .webhookWritten, [LogField("count", .integer(writing.count + waiting.count))]))
        }
        answer(&writing)
        writing = []
        onCommit(result.isUrgent)
    }

    /// - Returns: whether to go on at once: one report that the store cannot take must not keep the others from it.
    private func mayGoOn(after error: LedgerError) async -> Bool {
        waiting.insert(contentsOf: writing, at: 0)
        let tried = writing.count
        writing = []
        if error.kind == .unexpected || error.kind == .rowRejected {
            room = 1
            guard tried == 1 else { return true }
            lose(1)
        }
        if trouble == nil, error.isTrouble {
            log.write(.webhooksKept(waiting.count, error))
        }
        trouble = (error, time.uptime)
        answer(&waiting)
        return false
    }

    private func answer(_ items: inout [Item]) {
        for index in items.indices {
            items[index].waiter?.resume()
            items[index].waiter = nil
        }
    }

    // MARK: Looking after it

    private func startLooking() {
        idle = 0
        if ticker == nil { ticker = makeTicker(Self.lookEvery) { [weak self] in self?.look() } }
    }

    private func look() {
        let limit = time.uptime - Self.patience
        answer(&writing, cameBy: limit)
        answer(&waiting, cameBy: limit)
        if trouble.map({ $0.failedAt + Self.pause <= time.uptime }) ?? true { startWriting() }
        watch.look()
        idle = kept == 0 && !watch.isBusy ? idle + 1 : 0
        guard idle > Self.idleLooks else { return }
        ticker?.cancel()
        ticker = nil
    }

    private func answer(_ items: inout [Item], cameBy limit: Duration) {
        for index in items.indices {
            guard items[index].cameAt <= limit else { return }
            items[index].waiter?.resume()
            items[index].waiter = nil
        }
    }

    /// A cycle's time has passed: tells what is only told once in it.
    package func intervalPassed() {
        lines.finish(in: log)
        if lost > 0 { log.write(.webhooksLost(lost)) }
        lost = 0
        watch.keepPeers()
    }

    // MARK: Ending

    /// Writes what is there, as far as the store takes it. What comes from now on waits for a successor, or for `goOn`.
    package func drain() async {
        lastNumber = came
        startWriting()
        while let writer { await writer.value }
        intervalPassed()
        await watch.drain()
    }

    /// Writes what comes, after all: there is no successor, and somebody is still being answered.
    package func goOn() {
        lastNumber = nil
        startWriting()
    }

    /// Takes the place of one that has been drained, with all that it still has.
    package func succeed(_ earlier: WebhookIntake) {
        earlier.successor = self
        earlier.ticker?.cancel()
        earlier.ticker = nil
        for item in earlier.waiting { add(item.entry, item.waiter) }
        earlier.waiting = []
    }

    /// The process ends, and nothing can be written any more.
    package func end() {
        ticker?.cancel()
        ticker = nil
        lose(waiting.count)
        intervalPassed()
    }
}

extension TakeResult {
    /// Whether an alert may come of it that is not to wait for the cycle's end.
    fileprivate var isUrgent: Bool {
        !commit.refusals.isEmpty
            || commit.applied.contains { $0.to == .deadLetter || $0.isLate || !$0.refusals.isEmpty }
    }
}

extension LogEvent {
    /// `webhook.kept`: in memory, for the store cannot be written to.
    fileprivate static func webhooksKept(_ count: Int, _ error: LedgerError) -> LogEvent {
        LogEvent(
            .warn, .webhookKept,
            [
                LogField("count", .integer(count)), LogField("reason", .string("store_\(error.kind.rawValue)")),
                LogField("error", .string(error.message)),
            ])
    }

    /// `webhook.lost`: their messages are asked about.
    fileprivate static func webhooksLost(_ count: Int) -> LogEvent {
        LogEvent(.warn, .webhookLost, [LogField("count", .integer(count))])
    }
}
