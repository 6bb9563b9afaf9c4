package import Reconciliation

// What the log events of cycles are made of; Daemon/Events.swift has the names of all.

extension LogEvent {
    /// `cycle.completed`, or `cycle.failed` when the provider did not answer. A cycle with nothing to do is only of
    /// interest to somebody who debugs.
    /// - Parameter retryAt: before then the provider is not asked what it failed at; nil where nobody knows.
    static func cycleEnded(_ summary: PassSummary, failure: QuestionFailure?, retryAt: Timestamp?) -> LogEvent {
        var fields = [
            LogField("due", .integer(summary.due)), LogField("requests", .integer(summary.requests)),
            LogField("sent", .integer(summary.sent)), LogField("dead_letter", .integer(summary.deadLetterCount)),
            LogField("still_pending", .integer(summary.stillPending)),
            LogField("settled_elsewhere", .integer(summary.settledElsewhere)),
            LogField("late", .integer(summary.late)), LogField("provider", .string(summary.provider.rawValue)),
            LogField("duration_ms", .integer(Int(summary.duration.wholeMilliseconds))),
        ]
        if summary.watched > 0 { fields.insert(LogField("watched", .integer(summary.watched)), at: 1) }
        guard summary.provider == .ok else {
            if let failure { fields.append(LogField("error", .string(failure.detail))) }
            return LogEvent(.warn, .cycleFailed, fields.adding(retryAt))
        }
        return LogEvent(summary.due == 0 && summary.requests == 0 ? .debug : .info, .cycleCompleted, fields)
    }
}

extension LedgerError {
    /// `store.busy` when somebody else holds the lock, else `cycle.failed`.
    /// - Parameters:
    ///   - work: that failed beside the cycle.
    ///   - retryAt: when the store is tried again, where that is known.
    package func event(by work: String? = nil, retryAt: Timestamp? = nil) -> LogEvent {
        var fields = [LogField("reason", .string("store_\(kind.rawValue)")), LogField("error", .string(message))]
        if let work { fields.append(LogField("by", .string(work))) }
        switch kind {
        case .interrupted, .superseded: return LogEvent(.info, .cycleFailed, fields)
        case .busy: return LogEvent(.warn, .storeBusy, fields.adding(retryAt))
        default: return LogEvent(.error, .cycleFailed, fields.adding(retryAt))
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
        case .ok: LogEvent(.info, .providerRecovered)
        case .unavailable: LogEvent(.error, .providerUnreachable, fields)
        case .refused: LogEvent(.error, .providerRefused, fields)
        case .rateLimited: LogEvent(.warn, .providerRateLimited, fields)
        }
    }
}

extension LogEvent {
    /// `cycle.planned` with a scan of the history.
    static func planned(_ plan: ScanPlan) -> LogEvent {
        LogEvent(
            .info, .cyclePlanned,
            [
                LogField("plan", .string("history")), LogField("pages", .integer(plan.expectedPages)),
                LogField("expected", .integer(plan.messages)), LogField("instead_of", .integer(plan.alternative)),
                LogField("from", .string(plan.from.iso8601())),
            ])
    }

    /// `cycle.planned` with questions about sends and single messages; the first of a longer walk over what is due.
    static func planned(_ questions: [PlannedQuestion]) -> LogEvent {
        let sends = questions.count { if case .send = $0 { true } else { false } }
        return LogEvent(
            .debug, .cyclePlanned,
            [
                LogField("plan", .string(sends > 0 ? "request_status" : "message")),
                LogField("requests", .integer(questions.count)), LogField("sends", .integer(sends)),
                LogField("expected", .integer(questions.reduce(0) { $0 + $1.messages.count })),
            ])
    }

    /// `cycle.swept`: what a scan came to.
    static func scanned(_ scan: HistoryScan, _ ending: HistoryScan.Ending) -> LogEvent {
        LogEvent(
            .info, .cycleSwept,
            [
                LogField("plan", .string("history")), LogField("pages", .integer(scan.pages)),
                LogField("mentioned", .integer(scan.mentioned)), LogField("expected", .integer(scan.plan.messages)),
                LogField("ended", .string(ending.rawValue)),
            ])
    }

    /// `cycle.history_unavailable`: not the provider's failure, as everything can be asked in another way.
    static func historyFailed(_ failure: QuestionFailure) -> LogEvent {
        LogEvent(.info, .cycleHistoryUnavailable, [LogField("error", .string(failure.detail))])
    }

    /// `cycle.history_incomplete`: what a listing does not hold is asked about.
    static func incompleteHistory(_ key: MessageKey) -> LogEvent {
        LogEvent(.warn, .cycleHistoryIncomplete, [LogField("msg_key", .string(key.text))])
    }

    /// `cycle.send_status_incomplete`: what it would give up is asked about.
    static func incompleteSendStatus(_ key: MessageKey) -> LogEvent {
        LogEvent(.warn, .cycleSendStatusIncomplete, [LogField("msg_key", .string(key.text))])
    }

    /// `clock.jumped`: negative when it went back.
    static func clockJumped(by jump: Duration) -> LogEvent {
        LogEvent(.error, .clockJumped, [LogField("by_ms", .integer(Int(jump.wholeMilliseconds)))])
    }

    /// `message.unreadable_key`
    static func unreadableKeys(in rows: RowTally) -> LogEvent {
        LogEvent(
            .warn, .messageUnreadableKey,
            [
                LogField("count", .integer(rows.count)),
                LogField("rows", .string(rows.examples.map(\.description).joined(separator: ","))),
                LogField(
                    "error",
                    .string(
                        "the message key is no valid UTF-8, or longer than \(MessageKey.longest) bytes: these rows are never asked"
                            + " about")),
            ])
    }

    /// `question.unanswered`, once for a cycle in which others were answered.
    static func unanswered(_ keys: KeySample, _ failure: QuestionFailure) -> LogEvent {
        about(.questionUnanswered, keys, failure.detail)
    }

    /// `message.unreadable_time`, once for a cycle.
    static func unreadableTimes(of keys: KeySample) -> LogEvent {
        about(
            .messageUnreadableTime, keys, "accepted_at cannot be read: these are asked about but never given up")
    }

    /// `message.future_time`, once for a cycle.
    static func timesFarAhead(of keys: KeySample) -> LogEvent {
        about(
            .messageFutureTime, keys,
            "accepted_at is more than a day in the future, or scheduled_at more than a year: these are not asked about"
                + " before then")
    }

    /// `message.sent_again`
    static func sentAgain(_ keys: KeySample) -> LogEvent {
        LogEvent(
            .info, .messageSentAgain,
            [
                LogField("count", .integer(keys.count)),
                LogField("examples", .string(keys.examples.map(\.text).joined(separator: ","))),
                LogField("detail", .string("their rows had another msgKey before: their age counts from now")),
            ])
    }

    private static func about(_ name: EventName, _ keys: KeySample, _ error: String) -> LogEvent {
        LogEvent(
            .warn, name,
            [
                LogField("count", .integer(keys.count)),
                LogField("examples", .string(keys.examples.map(\.text).joined(separator: ","))),
                LogField("error", .string(error)),
            ])
    }
}

extension LogEvent {
    /// What is counted together where there are too many lines.
    struct SettlementKind: Hashable, Comparable {
        let level: LogLevel
        let name: EventName
        let reason: String?

        init(_ settlement: Settlement) {
            reason = settlement.reason?.rawValue
            (level, name) =
                switch settlement.to {
                case .sent where settlement.isLate: (.info, .messageLateReport)
                case .sent: (.info, .messageSent)
                default: (.warn, .messageDeadLetter)
                }
        }

        static func < (left: Self, right: Self) -> Bool {
            (left.name.rawValue, left.reason ?? "") < (right.name.rawValue, right.reason ?? "")
        }
    }

    /// `message.sent`, `message.late_report` or `message.dead_letter`.
    static func settled(_ settlement: Settlement) -> LogEvent {
        let kind = SettlementKind(settlement)
        var fields = [LogField("msg_key", .string(settlement.key.text))]
        if let reason = kind.reason { fields.append(LogField("reason", .string(reason))) }
        if let code = settlement.code, settlement.to != .sent {
            fields.append(LogField("code", .string(code.text)))
            fields.append(LogField("class", .string(code.meaning.rawValue)))
            if let gloss = code.gloss { fields.append(LogField("meaning", .string(gloss))) }
        }
        if settlement.source != .inquiry { fields.append(LogField("source", .string(settlement.source.rawValue))) }
        if settlement.from == .deadLetter { fields.append(LogField("was", .string("dead_letter"))) }
        fields.append(LogField("asked", .integer(settlement.tracking.answers + settlement.tracking.failures)))
        return LogEvent(kind.level, kind.name, fields)
    }

    /// The same for several that were not written by themselves.
    static func settled(_ kind: SettlementKind, count: Int) -> LogEvent {
        let reason = kind.reason.map { [LogField("reason", .string($0))] } ?? []
        return LogEvent(kind.level, kind.name, [LogField("count", .integer(count))] + reason)
    }

    /// `polling.completed`
    static func polled(batches: Int, reports: Int, unmatched: Int, unconfirmed: Int) -> LogEvent {
        LogEvent(
            .info, .pollingCompleted,
            [
                LogField("batches", .integer(batches)), LogField("reports", .integer(reports)),
                LogField("unmatched", .integer(unmatched)), LogField("unconfirmed", .integer(unconfirmed)),
            ])
    }

    /// `polling.repeated`
    static var repeatedBatch: LogEvent {
        LogEvent(
            .warn, .pollingRepeated,
            [
                LogField(
                    "error",
                    .string(
                        "the provider hands out a batch that it took the acknowledgement of; polling goes on in the"
                            + " next cycle"))
            ])
    }
}

extension QuestionFailure {
    /// `question.failed`
    func event(about key: MessageKey) -> LogEvent { event(.questionFailed, LogField("msg_key", .string(key.text))) }

    /// `polling.failed`
    func event(at endpoint: Endpoint) -> LogEvent {
        event(.pollingFailed, LogField("endpoint", .string(endpoint.rawValue)))
    }

    private func event(_ name: EventName, _ about: LogField) -> LogEvent {
        let transaction = transactionID.map { [LogField("infobank_tr_id", .string($0))] } ?? []
        return LogEvent(.debug, name, [about, LogField("error", .string(detail))] + transaction)
    }
}
