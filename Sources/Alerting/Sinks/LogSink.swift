package import Engine
package import Reconciliation

/// Writes `alert.fired`, `alert.repeated` and `alert.resolved` to the log. Always takes everything.
@EventLoop
package final class LogSink: AlertSink {
    package let name: String
    package let minimumSeverity: AlertSeverity
    private let log: any Log

    private static let examples = 3

    package init(name: String = "log", minimumSeverity: AlertSeverity = .info, log: any Log) {
        self.name = name
        self.minimumSeverity = minimumSeverity
        self.log = log
    }

    /// For a configuration that names none.
    static func implicit(beside sinks: [any AlertSink], log: any Log) -> LogSink {
        var name = "log"
        while sinks.contains(where: { $0.name == name }) { name += "-" }
        return LogSink(name: name, log: log)
    }

    package func deliver(_ notification: Notification) async -> Delivery {
        log.write(LogEvent(notification.logLevel, notification.logName, fields(notification)))
        return .accepted
    }

    private func fields(_ notification: Notification) -> [LogField] {
        let labels = notification.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var fields = [
            LogField("alert", .string(notification.name)),
            LogField("severity", .string(notification.severity.rawValue)),
            LogField("count", .integer(notification.count)),
        ]
        if !labels.isEmpty { fields.append(LogField("labels", .string(labels.joined(separator: ",")))) }
        fields.append(LogField("since", .string(notification.since.iso8601(withMilliseconds: true))))
        let examples = notification.examples.prefix(Self.examples).map(\.text)
        if !examples.isEmpty { fields.append(LogField("examples", .string(examples.joined(separator: ",")))) }
        fields.append(LogField("sink", .string(name)))
        fields.append(LogField("summary", .string(notification.summary)))
        return fields
    }
}

extension Notification {
    fileprivate var logName: EventName {
        switch kind {
        case .firing: .alertFired
        case .repeated, .refreshed: .alertRepeated
        case .resolved: .alertResolved
        }
    }

    fileprivate var logLevel: LogLevel {
        if kind == .resolved { return .info }
        return switch severity {
        case .info: .info
        case .warning: .warn
        case .error, .critical: .error
        }
    }
}
