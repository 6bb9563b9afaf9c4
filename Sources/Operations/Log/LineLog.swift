package import Engine
import Glibc

/// The daemon's log: events above the minimum level, folded, formatted and written to a descriptor.
///
/// Not thread-safe: it belongs to one serial context (the wiring wraps it in a class of the loop's actor). It assumes
/// that the process ignores `SIGPIPE`.
package final class LineLog {
    /// Events below it are dropped. May change while running (SIGHUP).
    package var minimumLevel: LogLevel
    /// May change while running.
    package var formatter: LogFormatter
    private var folder: RepeatFolder
    private var writer: LineWriter
    private let now: () -> LogTime

    /// Writes to `descriptor`, which stays open. `patience`: how long a line may wait for a reader.
    package convenience init(
        descriptor: Int32, formatter: LogFormatter, minimumLevel: LogLevel = .info,
        folder: RepeatFolder = RepeatFolder(), patience: Duration = .milliseconds(200),
        now: @escaping () -> LogTime = LogTime.now
    ) {
        let (seconds, attoseconds) = patience.components
        let milliseconds = min(max(0, seconds), 3600) * 1000 + max(0, attoseconds) / 1_000_000_000_000_000
        self.init(
            output: .descriptor(descriptor), formatter: formatter, minimumLevel: minimumLevel, folder: folder,
            patienceMilliseconds: Int32(milliseconds), now: now)
    }

    init(
        output: LineOutput, formatter: LogFormatter, minimumLevel: LogLevel, folder: RepeatFolder,
        patienceMilliseconds: Int32, now: @escaping () -> LogTime
    ) {
        self.minimumLevel = minimumLevel
        self.formatter = formatter
        self.folder = folder
        self.writer = LineWriter(output: output, patienceMilliseconds: patienceMilliseconds)
        self.now = now
    }

    /// Writes an event, or counts it if it repeats too often.
    package func log(_ event: LogEvent) {
        guard event.level >= minimumLevel else { return }
        let time = now()
        write(folder.admit(event, at: time.monotonicMilliseconds), at: time)
    }

    /// Reports repeats whose window is over, and lost lines. Call it at `deadline`, or every now and then.
    package func flush() {
        let time = now()
        write(folder.flush(at: time.monotonicMilliseconds), at: time)
        if writer.lost > 0 { mentionLost(at: time) }
    }

    /// Reports all that was held back; the last thing before the end.
    package func finish() {
        let time = now()
        write(folder.finish(), at: time)
        if writer.lost > 0 { mentionLost(at: time) }
    }

    /// When `flush()` will have something to say, as monotonic milliseconds; nil while nothing is held back.
    package var deadline: Int64? { folder.deadline }

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
            .error, "log.lost",
            [
                LogField("count", .integer(writer.lost)),
                LogField("reason", .string(String(cString: strerror(writer.lastFailure)))),
            ])
        let lost = writer.lost
        let isSaid = writer.write(formatter.line(notice, at: time.wallMilliseconds))
        writer.setLost(isSaid ? 0 : lost)
    }
}
