internal import Dispatch

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
