internal import Reconciliation

extension PassSummary {
    /// `cycle.completed`, or `cycle.failed` when the provider did not answer. A cycle with nothing to do is only of
    /// interest to somebody who debugs.
    func event(failure: QuestionFailure?) -> LogEvent {
        var fields = [
            LogField("due", .integer(due)), LogField("requests", .integer(requests)), LogField("sent", .integer(sent)),
            LogField("dead_letter", .integer(deadLetterCount)), LogField("still_pending", .integer(stillPending)),
            LogField("settled_elsewhere", .integer(settledElsewhere)), LogField("late", .integer(late)),
            LogField("provider", .string(provider.rawValue)),
            LogField("duration_ms", .integer(Int(duration.wholeMilliseconds))),
        ]
        guard provider == .ok else {
            if let failure { fields.append(LogField("error", .string(failure.detail))) }
            return LogEvent(.warn, "cycle.failed", fields)
        }
        return LogEvent(due == 0 && requests == 0 ? .debug : .info, "cycle.completed", fields)
    }
}

extension LedgerError {
    /// `store.busy` when somebody else holds the lock, else `cycle.failed`.
    var event: LogEvent {
        let fields = [LogField("reason", .string("store_\(kind.rawValue)")), LogField("error", .string(message))]
        return kind == .busy ? LogEvent(.warn, "store.busy", fields) : LogEvent(.error, "cycle.failed", fields)
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
    /// `message.unreadable_time`, once for a cycle.
    static func unreadableTimes(of keys: [MessageKey]) -> LogEvent {
        LogEvent(
            .warn, "message.unreadable_time",
            [
                LogField("count", .integer(keys.count)),
                LogField("examples", .string(keys.prefix(3).map(\.text).joined(separator: ","))),
                LogField("error", .string("accepted_at cannot be read: these are asked about but never given up")),
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
