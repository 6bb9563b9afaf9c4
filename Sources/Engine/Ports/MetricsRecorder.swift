package import Reconciliation

/// Is told what happens, to count it. Nothing here fails, waits or has a say.
@EventLoop
package protocol MetricsRecorder: AnyObject, Sendable {
    /// A request to the provider has ended.
    func requested(_ endpoint: Endpoint, _ result: RequestResult, took duration: Duration)

    /// A settlement has been committed.
    func settled(_ settlement: Settlement)

    func cycleEnded(_ result: CycleResult, took duration: Duration)

    /// A sink has taken a notification, or has not.
    func delivered(to sink: String, isAccepted: Bool)

    /// A webhook has been answered.
    func answered(webhook result: WebhookResult, took duration: Duration)

    /// Messages were verified.
    func verified(_ outcome: VerificationOutcome, count: Int)

    /// All alerts that fire, as far as they can be known.
    func firing(_ alerts: [AlertName: Int])
}

/// What became of one request. The words are those of metrics.
package enum RequestResult: String, CaseIterable, Sendable {
    case answered
    case unreachable
    case refused
    case rateLimited = "rate_limited"
    case nonsense
    case rejected
    case lapsed

    package init(_ failure: QuestionFailure.Kind) {
        self =
            switch failure {
            case .unreachable: .unreachable
            case .refused: .refused
            case .rateLimited: .rateLimited
            case .nonsense: .nonsense
            case .rejected: .rejected
            case .lapsed: .lapsed
            }
    }

    package init(_ reply: SendReply) {
        self =
            switch reply {
            case .answered, .duplicate: .answered
            case .refused: .refused
            case .notNow: .rateLimited
            case .unknown: .unreachable
            }
    }
}

/// How a cycle ended. The words are those of metrics.
package enum CycleResult: String, CaseIterable, Sendable {
    case ok
    /// The provider did not answer, or the cycle was interrupted.
    case failed
    /// The store could not be worked on.
    case storeFailed = "store_failed"
}

/// What a webhook was. The words are those of metrics.
package enum WebhookResult: String, CaseIterable, Sendable {
    case taken
    case foreign
    case unsigned
    case unreadable
    case ignored
}

/// Counts nothing: for a command that ends by itself.
package final class NoMetrics: MetricsRecorder {
    package nonisolated init() {}

    package func requested(_ endpoint: Endpoint, _ result: RequestResult, took duration: Duration) {}
    package func settled(_ settlement: Settlement) {}
    package func cycleEnded(_ result: CycleResult, took duration: Duration) {}
    package func delivered(to sink: String, isAccepted: Bool) {}
    package func answered(webhook result: WebhookResult, took duration: Duration) {}
    package func verified(_ outcome: VerificationOutcome, count: Int) {}
    package func firing(_ alerts: [AlertName: Int]) {}
}
