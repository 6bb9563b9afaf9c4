internal import Engine

/// A log whose every event says that nothing was really done.
@Loop
final class MarkedLog: Log {
    private let log: any Log

    init(dryRun log: any Log) {
        self.log = log
    }

    func write(_ event: LogEvent) {
        var marked = event
        marked.fields.append(LogField("dry_run", .boolean(true)))
        log.write(marked)
    }
}
