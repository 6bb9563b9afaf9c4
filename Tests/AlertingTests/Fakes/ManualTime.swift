import Engine
import Reconciliation

/// Time that passes when the test says so: a sleep lasts until `advance` has gone past its end.
@Loop
final class ManualTime: Timekeeper {
    private(set) var now = Timestamp(seconds: 1_800_000_000)
    private(set) var uptime = Duration.zero
    private var sleepers: [Int: Sleeper] = [:]
    private var nextID = 0

    private struct Sleeper {
        var end: Duration
        var continuation: CheckedContinuation<Bool, Never>
    }

    /// The pauses somebody is in, shortest first.
    var pauses: [Duration] { sleepers.values.map { $0.end - uptime }.sorted() }

    func sleep(for duration: Duration) async throws(CancellationError) {
        nextID += 1
        let id = nextID
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: false)
                } else {
                    sleepers[id] = Sleeper(end: uptime + duration, continuation: continuation)
                }
            }
        } onCancel: {
            Task { @Loop in self.cancel(id) }
        }
        if !isOver { throw CancellationError() }
    }

    func advance(by duration: Duration) {
        now = now + duration
        uptime += duration
        for (id, sleeper) in sleepers where sleeper.end <= uptime {
            sleepers[id] = nil
            sleeper.continuation.resume(returning: true)
        }
    }

    /// Somebody sets the wall clock.
    func setClock(by duration: Duration) {
        now = now + duration
    }

    private func cancel(_ id: Int) {
        sleepers.removeValue(forKey: id)?.continuation.resume(returning: false)
    }
}
