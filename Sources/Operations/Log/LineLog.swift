internal import Dispatch
package import Engine
internal import FoundationEssentials
internal import Glibc
internal import Reconciliation

/// The log: events from the minimum level on, with repeats folded, as lines on a descriptor, which stays open. It assumes
/// that the process ignores `SIGPIPE`.
@EventLoop
package final class LineLog: Log {
    /// Events below it are dropped.
    private var minimumLevel: LogLevel
    private var formatter: LogFormatter
    private var folder: RepeatFolder
    private var writer: LineWriter
    private let now: () -> LogTime
    private var flushTimer: (any DispatchSourceTimer)?

    package convenience init(_ settings: Settings.Log, descriptor: Int32 = 1) {
        let isForJournal = JournalStream.isConnected(
            environment: ProcessInfo.processInfo.environment, descriptor: descriptor)
        self.init(
            to: .descriptor(descriptor),
            formatter: LogFormatter(style: settings.format, isForJournal: isForJournal), minimumLevel: settings.level)
    }

    /// - Parameter patience: how long a line may wait for a reader.
    init(
        to output: LineOutput, formatter: LogFormatter, minimumLevel: LogLevel = .info,
        folder: RepeatFolder = RepeatFolder(), patience: Duration = .milliseconds(200),
        now: @escaping () -> LogTime = LogTime.now
    ) {
        self.minimumLevel = minimumLevel
        self.formatter = formatter
        self.folder = folder
        self.now = now
        writer = LineWriter(output: output, patienceMilliseconds: Int32(clamping: patience.wholeMilliseconds))
    }

    /// Takes over a configuration.
    package func adopt(_ settings: Settings.Log) {
        minimumLevel = settings.level
        formatter.style = settings.format
    }

    /// Writes an event, or counts it if it repeats too often.
    package func write(_ event: LogEvent) {
        guard event.level >= minimumLevel else { return }
        let time = now()
        write(folder.admit(event, at: time.monotonicMilliseconds), at: time)
        armFlush()
    }

    /// Reports repeats whose window is over, and lost lines.
    func flush() {
        let time = now()
        write(folder.flush(at: time.monotonicMilliseconds), at: time)
        if writer.lost > 0 { mentionLost(at: time) }
    }

    /// Reports all that was held back; the last thing before the end.
    package func finish() {
        flushTimer?.cancel()
        flushTimer = nil
        let time = now()
        write(folder.finish(), at: time)
        if writer.lost > 0 { mentionLost(at: time) }
    }

    /// When `flush()` will have something to say, as monotonic milliseconds; nil while nothing is held back.
    var deadline: Int64? { folder.deadline }

    /// Lines that could not be written and have not been mentioned yet.
    var lostLines: Int { writer.lost }

    private func write(_ events: [LogEvent], at time: LogTime) {
        for event in events {
            if writer.lost > 0 { mentionLost(at: time) }
            _ = writer.write(formatter.line(event, at: time.wallMilliseconds))
        }
    }

    /// Says how many lines are missing, if writing works again.
    private func mentionLost(at time: LogTime) {
        let notice = LogEvent(
            .error, .logLost,
            [
                LogField("count", .integer(writer.lost)),
                LogField("reason", .string(String(cString: strerror(writer.lastFailure)))),
            ])
        let lost = writer.lost
        let isSaid = writer.write(formatter.line(notice, at: time.wallMilliseconds))
        writer.setLost(isSaid ? 0 : lost)
    }

    /// One timer, only while something is held back.
    private func armFlush() {
        guard flushTimer == nil, deadline != nil else { return }
        let timer = DispatchSource.makeTimerSource(queue: EventLoop.queue)
        timer.schedule(deadline: .now() + .seconds(5), repeating: .seconds(5), leeway: .seconds(1))
        timer.setEventHandler { [weak self] in EventLoop.assumeIsolated { self?.flushOrRest() } }
        timer.resume()
        flushTimer = timer
    }

    private func flushOrRest() {
        flush()
        guard deadline == nil else { return }
        flushTimer?.cancel()
        flushTimer = nil
    }
}

/// A log whose every event says that nothing was really done.
@EventLoop
package final class DryRunLog: Log {
    private let log: any Log

    package init(_ log: any Log) {
        self.log = log
    }

    package func write(_ event: LogEvent) {
        var marked = event
        marked.fields.append(LogField("dry_run", .boolean(true)))
        log.write(marked)
    }
}

/// The two times that a log needs.
struct LogTime: Sendable, Equatable {
    /// Since 1970, for the line.
    var wallMilliseconds: Int64
    /// Since whenever, never going back, for windows.
    var monotonicMilliseconds: Int64

    static func now() -> LogTime {
        LogTime(wallMilliseconds: read(CLOCK_REALTIME), monotonicMilliseconds: read(CLOCK_MONOTONIC))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// Whether a stream goes to systemd's journal.
enum JournalStream {
    /// Whether `JOURNAL_STREAM` names the device and inode of `descriptor` (`systemd.exec(5)`): it stays set in
    /// children whose output goes elsewhere.
    static func isConnected(environment: [String: String], descriptor: Int32) -> Bool {
        guard let named = environment["JOURNAL_STREAM"] else { return false }
        let parts = named.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else { return false }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        return UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
    }
}
