internal import CurlTransport
internal import Engine
internal import Ledger
internal import Operations
internal import Reconciliation

extension Settings {
    /// Whether reports are fetched from the provider.
    var polls: Bool { api.reportMethod == .polling }

    var policy: Policy {
        Policy(
            after: reconcile.after, staleAfter: reconcile.staleAfter,
            staleAfterText: DurationText.format(reconcile.staleAfter), window: reconcile.window,
            windowText: DurationText.format(reconcile.window),
            retry: RetrySchedule(
                first: reconcile.retry.first, factor: reconcile.retry.factor, max: reconcile.retry.max,
                jitter: reconcile.retry.jitter))
    }

    /// In which people read times.
    var zone: Zone { Zone(secondsEastOfUTC: timeZoneOffset ?? store.timeZoneOffset) }

    var alertRules: AlertRules {
        AlertRules(
            groupWait: alerts.groupWait, repeatEvery: alerts.repeatEvery, keepFiringFor: alerts.keepFiringFor)
    }

    /// - Parameter isSingle: for one pass, not for cycles on a timer.
    func conditionLimits(isSingle: Bool) -> ConditionLimits {
        let gap = alerts.webhookGap
        return ConditionLimits(
            pendingAgingAfter: alerts.pendingAgingAfter, backlogAbove: alerts.backlogAbove,
            webhookGap: polls ? nil : WebhookGapLimit(share: gap.share, atLeast: gap.atLeast, window: gap.window),
            interval: isSingle ? nil : reconcile.interval)
    }

    /// - Parameters:
    ///   - sinks: those that are to be told; none for commands that only read.
    ///   - findsByKey: whether fetched reports are to be applied.
    func ledger(
        rules: AlertRules, sinks: [LedgerConfiguration.Sink] = [], findsByKey: Bool = false
    ) -> LedgerConfiguration {
        var ledger = LedgerConfiguration(path: store.path, policy: policy, alertRules: rules)
        ledger.table = store.table
        ledger.columns.id = store.columns.id
        ledger.columns.messageKey = store.columns.messageKey
        ledger.columns.status = store.columns.status
        ledger.columns.acceptedAt = store.columns.acceptedAt
        ledger.columns.scheduledAt = store.columns.scheduledAt
        ledger.columns.serviceType = store.columns.serviceType
        ledger.columns.reportCode = store.columns.reportCode
        ledger.columns.errorMessage = store.columns.errorMessage
        ledger.columns.updatedAt = store.columns.updatedAt
        ledger.serviceTypes = store.serviceTypes
        ledger.statuses.pending = store.statuses.pending
        ledger.statuses.sent = store.statuses.sent
        ledger.statuses.deadLetter = store.statuses.deadLetter
        ledger.timeFormat =
            switch store.timeFormat {
            case .iso8601: .iso8601
            case .unix: .unix
            case .unixMilliseconds: .unixMilliseconds
            }
        ledger.utcOffset = store.timeZoneOffset
        ledger.busyTimeout = store.busyTimeout
        ledger.createIndex = store.createIndex
        ledger.findsByKey = findsByKey
        ledger.auditRetention = store.auditRetention
        ledger.sinks = sinks
        return ledger
    }

    var transport: CurlTransport.Configuration {
        CurlTransport.Configuration(
            userAgent: "bizgo-reconciler/\(Version.current)", connectTimeout: api.connectTimeout, timeout: api.timeout,
            caFile: api.caFile, proxy: api.proxy?.reveal(), sendsOnce: true, distrustsFraming: true,
            maximumConnections: api.maxInFlight)
    }
}

extension LogLevel {
    init(_ level: Settings.Log.Level) {
        self =
            switch level {
            case .debug: .debug
            case .info: .info
            case .warn: .warn
            case .error: .error
            }
    }
}

extension AlertSeverity {
    init(_ severity: Settings.Severity) {
        self =
            switch severity {
            case .info: .info
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }
}
