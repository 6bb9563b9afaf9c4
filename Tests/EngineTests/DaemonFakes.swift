import Engine

/// Timers that tick when they are told to.
@Loop
final class ManualTickers {
    private var handlers: [ObjectIdentifier: (interval: Duration, handler: @Loop () -> Void)] = [:]

    /// Those that are not cancelled.
    var count: Int { handlers.count }

    func make(_ interval: Duration, _ handler: @escaping @Loop () -> Void) -> any Ticking {
        let ticker = ManualTicker(self)
        handlers[ObjectIdentifier(ticker)] = (interval, handler)
        return ticker
    }

    func fire(every interval: Duration) {
        for ticker in handlers.values where ticker.interval == interval { ticker.handler() }
    }

    private final class ManualTicker: Ticking {
        private let tickers: ManualTickers

        init(_ tickers: ManualTickers) { self.tickers = tickers }

        func cancel() { tickers.handlers[ObjectIdentifier(self)] = nil }
    }
}

/// A service manager that watches, three times ten seconds, and counts how often it was fed.
@Loop
final class RecordingManager: ServiceManager {
    private(set) var feedings = 0

    var watchdogInterval: Duration? { .seconds(30) }
    func ready(_ status: String) {}
    func status(_ text: String) {}
    func reloading() {}
    func alive() { feedings += 1 }
    func stopping(_ status: String) {}
}

/// Keeps what it is told of the store.
@Loop
final class RecordingTeller: AlertTeller {
    private(set) var troubles: [String] = []
    private(set) var recoveries = 0
    private(set) var isDrained = false

    func wake() {}
    func storeTrouble(detail: String) { troubles.append(detail) }
    func storeRecovered() { recoveries += 1 }
    func drain() async { isDrained = true }
}

/// Holds up who waits until it is opened.
@Loop
final class Latch {
    private var waiting: CheckedContinuation<Void, Never>?
    private var isOpen = false

    var isWaitedFor: Bool { waiting != nil }

    func wait() async {
        guard !isOpen else { return }
        await withCheckedContinuation { waiting = $0 }
    }

    func open() {
        isOpen = true
        waiting?.resume()
        waiting = nil
    }
}
