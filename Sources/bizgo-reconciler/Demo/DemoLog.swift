internal import Engine
internal import Glibc
internal import Operations

/// The whole log goes to a file, as it would in production; the screen shows what tells the story: everything but the
/// lines about single messages, and of those the ones that are rare.
@Loop
final class DemoLog: Log {
    private let file: LoopLog
    private let screen: LoopLog

    init(file descriptor: Int32) {
        file = LoopLog(Settings.Log(), descriptor: descriptor)
        screen = LoopLog(Settings.Log())
    }

    func write(_ event: LogEvent) {
        file.write(event)
        guard event.name != "message.sent", event.name != "message.dead_letter" else { return }
        Terminal.progress("")
        screen.write(event)
    }

    func finish() {
        file.finish()
        screen.finish()
    }
}
