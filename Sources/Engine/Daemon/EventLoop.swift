package import Dispatch

/// The daemon's only thread of control: a global actor on one serial queue.
///
/// Whatever has state and is not the ledger lives here, so the compiler checks that nothing else touches it. C and
/// Dispatch callbacks that are already on `queue` enter through `assumeIsolated`.
@globalActor
package actor EventLoop {
    package static let shared = EventLoop()
    package nonisolated static let queue = DispatchQueue(label: "bizgo-reconciler.loop")
    private nonisolated static let executor = QueueExecutor(queue: queue)
    /// For tasks that never need to leave the loop (`task`).
    package nonisolated static let taskExecutor = QueueTaskExecutor(queue: queue, isolatedTo: executor)

    package nonisolated var unownedExecutor: UnownedSerialExecutor { Self.executor.asUnownedSerialExecutor() }

    /// Begins a task on the loop. Whatever else begins one here would have it wake up on a thread of the pool after each
    /// pause and come back from there: that costs more than most of what it comes for, and takes as long as the machine
    /// likes.
    @discardableResult
    package nonisolated static func task<Success: Sendable>(
        _ body: @escaping @Sendable @EventLoop () async -> Success
    ) -> Task<Success, Never> {
        Task(executorPreference: taskExecutor, operation: body)
    }

    /// Runs `body` on the actor at once. Traps when the caller is not on `queue`.
    package nonisolated static func assumeIsolated<Value: Sendable>(
        _ body: @EventLoop () throws -> Value
    ) rethrows -> Value {
        dispatchPrecondition(condition: .onQueue(queue))
        typealias Unisolated = () throws -> Value
        // The precondition above is what the type system cannot see: this queue is the actor's executor.
        return try withoutActuallyEscaping(body) { body in
            try unsafeBitCast(body, to: Unisolated.self)()
        }
    }
}

/// Runs an actor's jobs on a serial dispatch queue.
package final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    package init(queue: DispatchQueue) {
        self.queue = queue
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    package func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}

/// Runs tasks that prefer it on an actor's own queue, where they are on the actor already.
package final class QueueTaskExecutor: TaskExecutor {
    private let queue: DispatchQueue
    private let executor: QueueExecutor

    /// - Parameter executor: the actor's, on the same queue.
    init(queue: DispatchQueue, isolatedTo executor: QueueExecutor) {
        self.queue = queue
        self.executor = executor
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async {
            job.runSynchronously(
                isolatedTo: self.executor.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor())
        }
    }
}
