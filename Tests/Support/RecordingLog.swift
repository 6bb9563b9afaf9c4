package import Engine

/// Keeps the events it is given.
@EventLoop
package final class RecordingLog: Log {
    package private(set) var events: [LogEvent] = []

    package init() {}

    package func write(_ event: LogEvent) {
        events.append(event)
    }

    package var names: [String] { events.map(\.name) }
}
