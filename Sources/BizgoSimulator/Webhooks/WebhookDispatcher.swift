internal import Dispatch

/// Sends matured reports, some at a time, and retries those not acknowledged.
///
/// `@unchecked Sendable`: confined to the simulator's queue.
final class WebhookDispatcher: @unchecked Sendable {
    private struct Job {
        var message: WebhookMessage
        var attempt = 0
    }

    private let poller: SocketPoller
    private let clock: @Sendable () -> Int64
    private let count: ((inout WebhookStatistics) -> Void) -> Void
    private var waiting: [Job] = []
    private var next = 0
    private var underWay: [Int: WebhookDelivery] = [:]
    private var deliveries = 0
    private var isStopped = false
    private var configuration = WebhookConfiguration()

    /// `clock` gives milliseconds since 1970 for signatures; `count` lets it write into the statistics.
    init(
        poller: SocketPoller, clock: @escaping @Sendable () -> Int64,
        count: @escaping ((inout WebhookStatistics) -> Void) -> Void
    ) {
        self.poller = poller
        self.clock = clock
        self.count = count
    }

    /// Takes a report that matured.
    func dispatch(_ report: ReportView, _ configuration: SimulatorConfiguration) {
        self.configuration = configuration.webhook
        let fate = WebhookFate(report, configuration.webhook, seed: configuration.seed)
        let isLost = fate.isLost || configuration.webhook.url == nil
        count {
            $0.reports += 1
            $0.lost += isLost ? 1 : 0
            $0.repeated += !isLost && fate.isRepeated ? 1 : 0
            $0.delayed += !isLost && fate.isDelayed ? 1 : 0
        }
        guard !isLost else { return }
        let job = Job(message: WebhookMessage(report, textField: configuration.reportTextField))
        for delay in fate.sendings { enqueue(job, after: delay) }
    }

    func stop() {
        isStopped = true
        waiting = []
        next = 0
        for delivery in underWay.values { delivery.cancel() }
        underWay = [:]
    }

    private func enqueue(_ job: Job, after milliseconds: Int64) {
        if milliseconds <= 0 {
            waiting.append(job)
            return sendSome()
        }
        poller.queue.asyncAfter(deadline: .now() + .milliseconds(Int(milliseconds))) { [weak self] in
            guard let self, !isStopped else { return }
            waiting.append(job)
            sendSome()
        }
    }

    private func sendSome() {
        while !isStopped, underWay.count < configuration.maxInFlight, next < waiting.count {
            let job = waiting[next]
            next += 1
            send(job)
        }
        if next == waiting.count || next > 4096 {
            waiting.removeFirst(next)
            next = 0
        }
    }

    private func send(_ job: Job) {
        guard let target = configuration.url.flatMap(WebhookTarget.init) else { return }
        deliveries += 1
        let id = deliveries
        count { $0.attempts += 1 }
        let delivery = WebhookDelivery(
            job.message, target: target, request: job.message.request(target, configuration, now: clock()),
            timeoutMilliseconds: configuration.timeoutMilliseconds, poller: poller
        ) { [weak self] isAcknowledged in self?.finished(id, job, isAcknowledged) }
        underWay[id] = delivery
        delivery.start()
    }

    private func finished(_ id: Int, _ job: Job, _ isAcknowledged: Bool) {
        underWay[id] = nil
        let isLast = job.attempt >= configuration.retries
        count {
            $0.acknowledged += isAcknowledged ? 1 : 0
            $0.failures += isAcknowledged ? 0 : 1
            $0.abandoned += !isAcknowledged && isLast ? 1 : 0
        }
        if !isAcknowledged, !isLast {
            var again = job
            again.attempt += 1
            enqueue(again, after: max(1, configuration.retryMilliseconds))
        }
        sendSome()
    }
}
