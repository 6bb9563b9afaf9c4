package import Engine
package import Reconciliation

/// Keeps what it is told.
@EventLoop
package final class RecordedMetrics: MetricsRecorder {
    package private(set) var requests: [(endpoint: Endpoint, result: RequestResult, duration: Duration)] = []
    package private(set) var settlements: [Settlement] = []
    package private(set) var cycles: [(result: CycleResult, duration: Duration)] = []
    package private(set) var deliveries: [(sink: String, isAccepted: Bool)] = []
    package private(set) var webhooks: [WebhookResult] = []
    package private(set) var verified: [VerificationOutcome: Int] = [:]
    package private(set) var firing: [AlertName: Int] = [:]

    package init() {}

    package func requested(_ endpoint: Endpoint, _ result: RequestResult, took duration: Duration) {
        requests.append((endpoint, result, duration))
    }

    package func settled(_ settlement: Settlement) {
        settlements.append(settlement)
    }

    package func cycleEnded(_ result: CycleResult, took duration: Duration) {
        cycles.append((result, duration))
    }

    package func delivered(to sink: String, isAccepted: Bool) {
        deliveries.append((sink, isAccepted))
    }

    package func answered(webhook result: WebhookResult, took duration: Duration) {
        webhooks.append(result)
    }

    package func verified(_ outcome: VerificationOutcome, count: Int) {
        verified[outcome, default: 0] += count
    }

    package func firing(_ alerts: [AlertName: Int]) {
        firing = alerts
    }
}
