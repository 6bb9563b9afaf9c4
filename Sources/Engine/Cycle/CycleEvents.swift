package import Reconciliation

extension PassSummary {
    /// `cycle.completed`, or `cycle.failed` when the provider did not answer. A cycle with nothing to do is only of
    /// interest to somebody who debugs.
    /// - Parameter retryAt: before then the provider is not asked what it failed at; nil where nobody knows.
    func event(failure: QuestionFailure?, retryAt: Timestamp?) -> LogEvent {
        var fields = [
            LogField("due", .integer(due)), LogField("requests", .integer(requests)), LogField("sent", .integer(sent)),
            LogField("dead_letter", .integer(deadLetterCount)), LogField("still_pending", .integer(stillPending)),
            LogField("settled_elsewhere", .integer(settledElsewhere)), LogField("late", .integer(late)),
            LogField("provider", .string(provider.rawValue)),
            LogField("duration_ms", .integer(Int(duration.wholeMilliseconds))),
        ]
        if watched > 0 { fields.insert(LogField("watched", .integer(watched)), at: 1) }
        guard provider == .ok else {
            if let failure { fields.append(LogField("error", .string(failure.detail))) }
            return LogEvent(.warn, "cycle.failed", fields.adding(retryAt))
        }
        return LogEvent(due == 0 && requests == 0 ? .debug : .info, "cycle.completed", fields)
    }
}

extension LedgerError {
    /// `store.busy` when somebody else holds the lock, else `cycle.failed`.
    /// - Parameter retryAt: when the store is tried again, where that is known.
    package func event(retryAt: Timestamp? = nil) -> LogEvent {
        let fields = [LogField("reason", .string("store_\(kind.rawValue)")), LogField("error", .string(message))]
        switch kind {
        case .interrupted: return LogEvent(.info, "cycle.failed", fields)
        case .busy: return LogEvent(.warn, "store.busy", fields.adding(retryAt))
        default: return LogEvent(.error, "cycle.failed", fields.adding(retryAt))
        }
    }
}

extension [LogField] {
    fileprivate func adding(_ retryAt: Timestamp?) -> [LogField] {
        guard let retryAt else { return self }
        return self + [LogField("retry_at", .string(retryAt.iso8601(withMilliseconds: true)))]
    }
}

extension ProviderHealth {
    /// `provider.recovered`, `provider.unreachable`, `provider.refused` or `provider.rate_limited`.
    var event: LogEvent {
        let fields = detail.map { [LogField("error", .string($0))] } ?? []
        return switch state {
        case .ok: LogEvent(.info, "provider.recovered")
        case .unavailable: LogEvent(.error, "provider.unreachable", fields)
        case .refused: LogEvent(.error, "provider.refused", fields)
        case .rateLimited: LogEvent(.warn, "provider.rate_limited", fields)
        }
    }
}

extension LogEvent {
    /// `cycle.planned` with a sweep through the history.
    static func planned(_ plan: SweepPlan) -> LogEvent {
        LogEvent(
            .info, "cycle.planned",
            [
                LogField("plan", .string("history")), LogField("pages", .integer(plan.expectedPages)),
                LogField("expected", .integer(plan.messages)), LogField("instead_of", .integer(plan.alternative)),
                LogField("from", .string(plan.from.iso8601())),
            ])
    }

    /// `cycle.planned` with questions about sends and single messages; the first of a longer walk over what is due.
    static func planned(_ asks: [Ask]) -> LogEvent {
        let sends = asks.count { if case .send = $0 { true } else { false } }
        return LogEvent(
            .debug, "cycle.planned",
            [
                LogField("plan", .string(sends > 0 ? "request_status" : "message")),
                LogField("requests", .integer(asks.count)), LogField("sends", .integer(sends)),
                LogField("expected", .integer(asks.reduce(0) { $0 + $1.messages.count })),
            ])
    }

    /// `cycle.swept`: what a sweep came to.
    static func swept(_ sweep: Sweep, _ ending: Sweep.Ending) -> LogEvent {
        LogEvent(
            .info, "cycle.swept",
            [
                LogField("plan", .string("history")), LogField("pages", .integer(sweep.pages)),
                LogField("mentioned", .integer(sweep.mentioned)), LogField("expected", .integer(sweep.plan.messages)),
                LogField("ended", .string(ending.rawValue)),
            ])
    }

    /// `cycle.history_unavailable`: not the provider's failure, as everything can be asked in another way.
    static func historyFailed(_ failure: QuestionFailure) -> LogEvent {
        LogEvent(.info, "cycle.history_unavailable", [LogField("error", .string(failure.detail))])
    }

    /// `cycle.history_incomplete`: what a listing does not hold is asked about.
    static func incompleteHistory(_ key: MessageKey) -> LogEvent {
        LogEvent(.warn, "cycle.history_incomplete", [LogField("msg_key", .string(key.text))])
    }

    /// `cycle.send_status_incomplete`: what it would give up is asked about.
    static func incompleteSendStatus(_ key: MessageKey) -> LogEvent {
        LogEvent(.warn, "cycle.send_status_incomplete", [LogField("msg_key", .string(key.text))])
    }

    /// `clock.jumped`: negative when it went back.
    static func clockJumped(by jump: Duration) -> LogEvent {
        LogEvent(.error, "clock.jumped", [LogField("by_ms", .integer(Int(jump.wholeMilliseconds)))])
    }

    /// `message.unreadable_key`
    static func unreadableKeys(in rows: [RowLocator]) -> LogEvent {
        LogEvent(
            .warn, "message.unreadable_key",
            [
                LogField("count", .integer(rows.count)),
                LogField("rows", .string(rows.prefix(3).map(\.description).joined(separator: ","))),
                LogField("error", .string("the message key is no valid UTF-8: these rows are never asked about")),
            ])
    }

    /// `question.unanswered`, once for a cycle in which others were answered.
    static func unanswered(_ keys: KeyTally, _ failure: QuestionFailure) -> LogEvent {
        about("question.unanswered", keys, failure.detail)
    }

    /// `message.unreadable_time`, once for a cycle.
    static func unreadableTimes(of keys: KeyTally) -> LogEvent {
        about(
            "message.unreadable_time", keys, "accepted_at cannot be read: these are asked about but never given up")
    }

    /// `message.future_time`, once for a cycle.
    static func timesFarAhead(of keys: KeyTally) -> LogEvent {
        about(
            "message.future_time", keys,
            "accepted_at is more than a day in the future, or scheduled_at more than a year: these are not asked about"
                + " before then")
    }

    /// `message.sent_again`
    static func sentAgain(_ keys: KeyTally) -> LogEvent {
        LogEvent(
            .info, "message.sent_again",
            [
                LogField("count", .integer(keys.count)),
                LogField("examples", .string(keys.examples.map(\.text).joined(separator: ","))),
                LogField("detail", .string("their rows had another msgKey before: their age counts from now")),
            ])
    }

    private static func about(_ name: String, _ keys: KeyTally, _ error: String) -> LogEvent {
        LogEvent(
            .warn, name,
            [
                LogField("count", .integer(keys.count)),
                LogField("examples", .string(keys.examples.map(\.text).joined(separator: ","))),
                LogField("error", .string(error)),
            ])
    }
}

extension QuestionFailure {
    func event(about key: MessageKey) -> LogEvent {
        let transaction = transactionID.map { [LogField("infobank_tr_id", .string($0))] } ?? []
        return LogEvent(
            .debug, "question.failed",
            [LogField("msg_key", .string(key.text)), LogField("error", .string(detail))] + transaction)
    }
}
