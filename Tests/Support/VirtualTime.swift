internal import Dispatch
package import Engine
package import Reconciliation

/// Time that passes when the test says so: a sleep lasts until the clock has gone past its end.
///
/// Where the code under test is to sleep again and again, a test lets time pass by itself (`letPass`, `TimeDriver`).
@EventLoop
package final class VirtualTime: Timekeeper {
    private struct Sleeper {
        var end: Duration
        var continuation: CheckedContinuation<Bool, Never>
    }

    private var wall: Timestamp
    private var monotonic = Duration.zero
    /// By their number: who began to sleep first has the lowest.
    private var sleepers: [Int: Sleeper] = [:]
    private var begun = 0
    /// How often anybody has looked at the clock, moved it, or slept by it.
    private var uses = 0
    /// Goes on when somebody sleeps.
    private var drivers: [Int: CheckedContinuation<Void, Never>] = [:]

    package init(now: Timestamp = Timestamp(seconds: 1_800_000_000)) {
        wall = now
    }

    package var now: Timestamp {
        uses += 1
        return wall
    }

    package var uptime: Duration {
        uses += 1
        return monotonic
    }

    /// The pauses somebody is in, shortest first.
    package var pauses: [Duration] { sleepers.values.map { $0.end - monotonic }.sorted() }

    package func sleep(for duration: Duration) async throws(CancellationError) {
        guard !Task.isCancelled else { throw CancellationError() }
        uses += 1
        guard duration > .zero else { return }
        begun += 1
        let number = begun
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: false) }
                sleepers[number] = Sleeper(end: monotonic + duration, continuation: continuation)
                for driver in drivers.values { driver.resume() }
                drivers = [:]
            }
        } onCancel: {
            EventLoop.task { self.sleepers.removeValue(forKey: number)?.continuation.resume(returning: false) }
        }
        uses += 1
        if !isOver { throw CancellationError() }
    }

    /// Moves both clocks, and wakes those whose sleep ends, in the order in which it does.
    /// - Returns: whether there are any.
    @discardableResult
    package func advance(by duration: Duration) -> Bool {
        uses += 1
        guard duration > .zero else { return false }
        wall = wall + duration
        monotonic += duration
        let over = sleepers.filter { $0.value.end <= monotonic }.sorted {
            ($0.value.end, $0.key) < ($1.value.end, $1.key)
        }
        for (number, sleeper) in over {
            sleepers[number] = nil
            sleeper.continuation.resume(returning: true)
        }
        return !over.isEmpty
    }

    /// The same, to a time of the wall clock's; one that is over already is no step back.
    package func advance(to time: Timestamp) {
        advance(by: time - wall)
    }

    /// Sets the wall clock, and it alone.
    package func set(_ now: Timestamp) {
        uses += 1
        wall = now
    }
}

/// Time that passes by itself.
extension VirtualTime {
    /// A task does at least one thing in a turn of the loop, and looks at the clock at least once in so many.
    private static let turnsAtRest = 8

    /// Returns when nobody on the loop can go on before time does; or when the task is cancelled, for somebody may look at
    /// the clock in every turn: then drivers that were stopped would pile up, each with a turn of its own in every round.
    ///
    /// The loop is first in, first out. So whoever can go on does so within one turn, however busy the machine is, and
    /// whoever has not looked at the clock for several turns waits: for the clock, or for something off the loop. The
    /// latter is not seen here, and is waited for with `eventually`; so is a task that does not prefer the loop
    /// (`EventLoop.task`), as it comes back by way of another thread.
    package func untilIdle() async {
        var turns = 0
        while turns < Self.turnsAtRest, !Task.isCancelled {
            let before = uses
            await turnOfTheLoop()
            turns = uses == before ? turns + 1 : 0
        }
    }

    /// Does something that sleeps, on the loop, and lets time pass meanwhile (`TimeDriver`).
    package func letPass<Value: Sendable>(while body: @escaping @EventLoop () async -> Value) async -> Value {
        let task = EventLoop.task { await self.drive(while: body) }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Time stands still from the moment at which the body ends: not only when whoever waits for that has come back.
    private func drive<Value>(while body: @EventLoop () async -> Value) async -> Value {
        let driver = TimeDriver(self)
        defer { driver.stop() }
        return await body()
    }

    /// Lets time pass, from one who wakes to the next, until something is so.
    /// - Returns: false where nobody sleeps any more, and it is not so.
    package func advance(until condition: @EventLoop () -> Bool) async -> Bool {
        await untilIdle()
        while !condition() {
            guard let pause = pauses.first else { return false }
            advance(by: pause)
            await untilIdle()
        }
        return true
    }

    /// Moves to the end of the shortest sleep whenever everybody waits for it.
    fileprivate func drive() async {
        while !Task.isCancelled {
            if sleepers.isEmpty { await untilSomebodySleeps() }
            await untilIdle()
            guard !Task.isCancelled, let pause = pauses.first else { continue }
            advance(by: pause)
        }
    }

    private func untilSomebodySleeps() async {
        begun += 1
        let number = begun
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume() }
                drivers[number] = continuation
            }
        } onCancel: {
            EventLoop.task { self.drivers.removeValue(forKey: number)?.resume() }
        }
    }
}

/// Moves a clock on as long as it lives: when everybody waits (`VirtualTime.untilIdle`), to the end of the shortest sleep.
/// Nobody sleeps longer than he should, and who sleeps at the same time as another does so in the same time.
@EventLoop
package final class TimeDriver {
    private let task: Task<Void, Never>

    package init(_ time: VirtualTime) {
        task = EventLoop.task { await time.drive() }
    }

    deinit {
        task.cancel()
    }

    package func stop() {
        task.cancel()
    }
}

/// Returns when everybody who waited for his turn on the loop has had it.
@EventLoop
package func turnOfTheLoop() async {
    await withCheckedContinuation { continuation in EventLoop.queue.async { continuation.resume() } }
}
