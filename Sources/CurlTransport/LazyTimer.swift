import Dispatch
import Engine

/// A timer that is set anew with every transfer, many times a second, and nearly never fires. Moving it later or
/// disarming it costs nothing: the dispatch source stays where it is, and looks again when its time has come.
@Loop
final class LazyTimer {
    private let source: any DispatchSourceTimer
    /// When to fire; nil for never.
    private var wanted: DispatchTime?
    /// When the source fires.
    private var armed: DispatchTime?
    private let action: @Loop () -> Void

    init(action: @escaping @Loop () -> Void) {
        self.action = action
        source = DispatchSource.makeTimerSource(queue: Loop.queue)
        source.setEventHandler { [weak self] in
            Loop.assumeIsolated { self?.elapsed() }
        }
        // From here on it may be released at any time, cancelled or not.
        source.activate()
    }

    /// - Parameter delay: from now; nil disarms.
    func set(_ delay: DispatchTimeInterval?) {
        wanted = delay.map { .now() + $0 }
        arm()
    }

    func cancel() {
        wanted = nil
        source.cancel()
    }

    private func arm() {
        guard let wanted, armed.map({ wanted < $0 }) ?? true else { return }
        armed = wanted
        source.schedule(deadline: wanted)
    }

    private func elapsed() {
        armed = nil
        guard let wanted else { return }
        guard wanted <= .now() else { return arm() }
        self.wanted = nil
        action()
    }
}
