internal import Engine
internal import Reconciliation

/// Carries out decisions, inside a transaction of its caller's.
struct SettlementWriter {
    let rows: RowTable
    let tracking: TrackingTable
    let sentAgain: SentAgain
    let audit: AuditTable
    let hours: HourTable
    let reports: ReportTable

    func carryOut(_ decisions: [Decision], at now: Timestamp) throws -> CommitResult {
        var result = CommitResult()
        for decision in decisions {
            let isDone =
                switch decision.judgement {
                case .settle(let settlement):
                    if let kept = try outcomeKept(against: settlement) {
                        try wait(for: kept, decision.message, settlement.tracking, at: now, &result)
                    } else {
                        try settle(settlement, at: now, &result)
                    }
                case .wait(let until, let tracking):
                    try wait(decision.message, until: until, tracking, at: now, &result)
                }
            if !isDone { result.settledElsewhere.append(decision.message.key) }
        }
        try hours.add(result.applied, at: now)
        return result
    }

    /// A message is not given up while a report of its outcome is kept: that is to be applied first.
    private func outcomeKept(against settlement: Settlement) throws -> KeptReports? {
        guard settlement.isGivenUp, let kept = try reports.kept(settlement.key), kept.isFinal else { return nil }
        return kept
    }

    private func wait(
        for kept: KeptReports, _ message: DueMessage, _ tracking: Tracking, at now: Timestamp,
        _ result: inout CommitResult
    ) throws -> Bool {
        try reports.keep(kept.soon(at: now), for: message.key, at: now)
        return try wait(message, until: now + KeptReports.pauseBeforeGivingUp, tracking, at: now, &result)
    }

    /// - Returns: false when the row was settled elsewhere.
    private func settle(_ settlement: Settlement, at now: Timestamp, _ result: inout CommitResult) throws -> Bool {
        var effective = settlement
        if try !change(effective, at: now) {
            let row = try rows.locate(settlement.key, lastSeenAt: settlement.row)
            guard let row, let next = settlement.next(after: row), try change(next, at: now) else {
                try forget(settlement.key, in: settlement.row, whoseRowIs: row?.status, at: now)
                return false
            }
            effective = next
        }
        if !effective.refusals.isEmpty { effective.tracking.note(told: try keptRefusals(of: effective.key)) }
        try audit.add(effective, at: now)
        if effective.to == .deadLetter {
            effective.tracking.refusal = nil
            try tracking.save(
                effective.key, effective.row, nextAskAt: effective.nextAskAt, effective.tracking,
                reason: effective.reason, code: effective.code, settledAt: now, at: now)
        } else {
            try tracking.remove(effective.key)
        }
        result.applied.append(effective)
        return true
    }

    private func change(_ settlement: Settlement, at now: Timestamp) throws -> Bool {
        // A dead letter may be told more precisely only while it is one that we gave up, not one that was reported.
        if settlement.from == .deadLetter, settlement.to == .deadLetter {
            guard let reason = try tracking.reason(settlement.key), reason != .reported else { return false }
        }
        return try rows.change(
            settlement.key, at: settlement.row, from: settlement.from, to: settlement.to, code: settlement.code,
            message: settlement.message, now: now)
    }

    /// - Returns: false when the row was settled elsewhere.
    private func wait(
        _ message: DueMessage, until: Timestamp?, _ tracking: Tracking, at now: Timestamp,
        _ result: inout CommitResult
    ) throws -> Bool {
        let row = try rows.locate(message.key, lastSeenAt: message.row)
        guard let row, row.status == message.status else {
            try forget(message.key, in: message.row, whoseRowIs: row?.status, at: now)
            return false
        }
        try self.tracking.save(
            message.key, row.locator, nextAskAt: until, tracking, reason: tracking.reason, at: now)
        if !tracking.newRefusals.isEmpty {
            let told = try keptRefusals(of: message.key).map(\.code)
            result.refusals += tracking.newRefusals.filter { !told.contains($0.code) }
        }
        return true
    }

    /// - Parameter lastSeen: where its row was; another message may be there now.
    private func forget(
        _ key: MessageKey, in lastSeen: RowLocator, whoseRowIs status: RowStatus?, at now: Timestamp
    ) throws {
        if status == nil { try sentAgain.note(in: lastSeen, insteadOf: key, at: now) }
        try tracking.forget(key, whoseRowIs: status)
    }

    /// Reports that wait to be confirmed: what they say of the account was told when they came.
    private func keptRefusals(of key: MessageKey) throws -> [ReportEntry] {
        guard let kept = try reports.kept(key), kept.isMatched else { return [] }
        return kept.entries
    }
}

extension Settlement {
    /// What to try after the compare-and-set missed, now that the row is known as it is.
    fileprivate func next(after row: RowTable.Row) -> Settlement? {
        // The row is as it was, but has been given another address.
        var next = row.status == from && row.locator != self.row ? self : afterLosing(to: row.status)
        next?.row = row.locator
        return next
    }
}
