internal import Dispatch
internal import Engine
internal import FoundationEssentials
internal import Glibc
internal import Operations

/// The log on the loop: events as lines on a descriptor, with repeats folded.
@Loop
final class LoopLog: Log {
    private let lines: LineLog
    private let descriptor: Int32
    private var flushTimer: (any DispatchSourceTimer)?

    init(_ settings: Settings.Log, descriptor: Int32 = STDOUT_FILENO) {
        lines = LineLog(
            descriptor: descriptor, formatter: Self.formatter(settings, descriptor),
            minimumLevel: LogLevel(settings.level))
        self.descriptor = descriptor
    }

    func adopt(_ settings: Settings.Log) {
        lines.minimumLevel = LogLevel(settings.level)
        lines.formatter = Self.formatter(settings, descriptor)
    }

    func write(_ event: LogEvent) {
        lines.log(event)
        armFlush()
    }

    /// The last thing before the end.
    func finish() {
        flushTimer?.cancel()
        flushTimer = nil
        lines.finish()
    }

    /// One timer, only while something is held back.
    private func armFlush() {
        guard flushTimer == nil, lines.deadline != nil else { return }
        let timer = DispatchSource.makeTimerSource(queue: Loop.queue)
        timer.schedule(deadline: .now() + .seconds(5), repeating: .seconds(5), leeway: .seconds(1))
        timer.setEventHandler { [weak self] in Loop.assumeIsolated { self?.flush() } }
        timer.resume()
        flushTimer = timer
    }

    private func flush() {
        lines.flush()
        guard lines.deadline == nil else { return }
        flushTimer?.cancel()
        flushTimer = nil
    }

    private static func formatter(_ settings: Settings.Log, _ descriptor: Int32) -> LogFormatter {
        LogFormatter(
            style: settings.format == .json ? .json : .logfmt,
            isForJournal: JournalStream.isConnected(
                environment: ProcessInfo.processInfo.environment, descriptor: descriptor))
    }
}
