internal import Engine
internal import Operations

/// systemd on the loop. What cannot be told is not worth stopping for.
@Loop
final class LoopServiceManager: ServiceManager {
    private let notifier: ServiceNotifier

    init() {
        notifier = ServiceNotifier(environment: Setup.environment)
    }

    var watchdogInterval: Duration? { notifier.watchdogInterval }

    func ready(_ status: String) {
        _ = notifier.send(.ready, .status(status))
    }

    func status(_ text: String) {
        _ = notifier.send(.status(text))
    }

    func reloading() {
        _ = notifier.send(.reloadingNow())
    }

    func alive() {
        _ = notifier.send(.watchdog)
    }

    func stopping(_ status: String) {
        _ = notifier.send(.stopping, .status(status))
    }
}
