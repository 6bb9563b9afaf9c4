/// Every event that the log may hold, by the name that it has there. What each says is in README.md; what it is made of,
/// where it happens.
package enum EventName: String, CaseIterable, Sendable {
    case daemonStarted = "daemon.started"
    case daemonReady = "daemon.ready"
    case daemonReloaded = "daemon.reloaded"
    case daemonReloadFailed = "daemon.reload_failed"
    case daemonDraining = "daemon.draining"
    case daemonStopped = "daemon.stopped"

    case cycleCompleted = "cycle.completed"
    case cycleFailed = "cycle.failed"
    case cyclePlanned = "cycle.planned"
    case cycleSwept = "cycle.swept"
    case cycleHistoryUnavailable = "cycle.history_unavailable"
    case cycleHistoryIncomplete = "cycle.history_incomplete"
    case cycleSendStatusIncomplete = "cycle.send_status_incomplete"

    case messageSent = "message.sent"
    case messageDeadLetter = "message.dead_letter"
    case messageLateReport = "message.late_report"
    case messageRequeued = "message.requeued"
    case messageSentAgain = "message.sent_again"
    case messageFutureTime = "message.future_time"
    case messageUnreadableKey = "message.unreadable_key"
    case messageUnreadableTime = "message.unreadable_time"

    case questionFailed = "question.failed"
    case questionUnanswered = "question.unanswered"

    case providerUnreachable = "provider.unreachable"
    case providerRefused = "provider.refused"
    case providerRateLimited = "provider.rate_limited"
    case providerRecovered = "provider.recovered"

    case pollingCompleted = "polling.completed"
    case pollingRepeated = "polling.repeated"
    case pollingFailed = "polling.failed"

    case sendAccepted = "send.accepted"
    case sendOpen = "send.open"
    case sendGivenUp = "send.given_up"

    case canaryDelivered = "canary.delivered"
    case canaryLost = "canary.lost"

    case verifyCompleted = "verify.completed"
    case verifyIncomplete = "verify.incomplete"
    case verifyUnknownSender = "verify.unknown_sender"

    case webhookKept = "webhook.kept"
    case webhookWritten = "webhook.written"
    case webhookLost = "webhook.lost"

    case storeBusy = "store.busy"
    case storeRecovered = "store.recovered"
    case storeMigrated = "store.migrated"
    case storeUnmappedStatuses = "store.unmapped_statuses"
    case storeIndexing = "store.indexing"
    case storeIndexed = "store.indexed"
    case storeIndexFailed = "store.index_failed"

    case leaseStandby = "lease.standby"
    case leaseTaken = "lease.taken"
    case leaseLost = "lease.lost"
    case leaseFailed = "lease.failed"
    case leaseRecovered = "lease.recovered"

    case clockJumped = "clock.jumped"

    case alertFired = "alert.fired"
    case alertRepeated = "alert.repeated"
    case alertResolved = "alert.resolved"
    case alertDeliveryFailed = "alert.delivery_failed"

    case heartbeatFailed = "heartbeat.failed"
    case heartbeatRecovered = "heartbeat.recovered"

    case metricsFailed = "metrics.failed"
    case metricsRecovered = "metrics.recovered"

    case statusPageFailed = "status_page.failed"
    case troubleFileFailed = "trouble_file.failed"

    case logSuppressed = "log.suppressed"
    case logLost = "log.lost"
}

extension LogEvent {
    package init(_ level: LogLevel, _ name: EventName, _ fields: [LogField] = []) {
        self.init(level, name.rawValue, fields)
    }
}
