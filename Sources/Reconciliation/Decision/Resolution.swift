/// What becomes of a decision, given what is there at the moment it is carried out: of the message's row, of what is
/// remembered of it, of the audit, of reports that are kept for it, and what is counted.
///
/// A ledger reads the state inside its transaction, does all that the resolution says, and decides nothing.
package struct Resolution: Hashable, Sendable {
    /// The row's change: a compare-and-set on `from`. If it misses after all, nothing of the resolution holds, and there
    /// is to be another one, made of the state by then.
    package struct Change: Hashable, Sendable {
        package var row: RowLocator
        package var from: RowStatus
        package var to: RowStatus
        /// The row's new report code, and its new error message; nil leaves none.
        package var code: ReportCode?
        package var message: String?
    }

    /// What is remembered of the message from now on.
    package enum Memory: Hashable, Sendable {
        case asItWas
        case note(Note)
        /// A dead letter is not asked about any more; the rest stays as it was.
        case endWatch
        case forget
    }

    package struct Note: Hashable, Sendable {
        /// Where the message's row is.
        package var row: RowLocator
        package var nextAskAt: Timestamp?
        /// Without its news. A time when it was first seen that was noted before stays.
        package var tracking: Tracking
        /// Of a dead letter that is being made: when, and by which code. What was noted of one that was made before stays.
        package var settledAt: Timestamp?
        package var code: ReportCode?

        fileprivate init(
            _ row: RowLocator, nextAskAt: Timestamp?, _ tracking: Tracking, settledAt: Timestamp? = nil,
            code: ReportCode? = nil
        ) {
            self.row = row
            self.nextAskAt = nextAskAt
            self.tracking = tracking
            self.tracking.newRefusals = []
            self.settledAt = settledAt
            self.code = code
        }
    }

    package enum Effect: Hashable, Sendable {
        /// The settlement takes effect, as it does.
        case settled(Settlement)
        case waits
        case settledElsewhere
        /// A dead letter is pending again.
        case requeued
    }

    package var effect: Effect
    package var change: Change?
    package var memory = Memory.asItWas
    package var audit: AuditEntry?
    /// Takes the place of the reports that are kept; nil leaves them as they are.
    package var kept: ParkedReports?
    /// Refusals of the account or the sender to be told, heard of a message that stays open.
    package var refusals: [ReportEntry] = []
    /// Where the row was that is gone: a message that is there now was sent again in it (`newcomer`).
    package var vacated: RowLocator?

    private init(_ effect: Effect) {
        self.effect = effect
    }

    /// - Parameters:
    ///   - state: nil when the row is gone. The row may be at another address by now.
    ///   - kept: the reports kept for the message; looked for only where they matter: most messages have none.
    package init(
        _ decision: Decision, _ state: MessageState?, kept: @autoclosure () throws -> ParkedReports?, at now: Timestamp
    ) rethrows {
        switch decision.judgement {
        case .wait(let until, let tracking):
            self = try .waiting(decision.message, until: until, tracking, state, kept)
        case .settle(let settlement):
            if settlement.isGivenUp, let kept = try kept(), kept.isFinal {
                // A report of its outcome is to be applied first.
                let until = now + ParkedReports.pauseBeforeGivingUp
                self = .waiting(decision.message, until: until, settlement.tracking, state, { kept })
                self.kept = kept.soon(at: now)
            } else {
                self = try .settling(settlement, state, kept, at: now)
            }
        }
    }

    private static func waiting(
        _ message: DueMessage, until: Timestamp?, _ tracking: Tracking, _ state: MessageState?,
        _ kept: () throws -> ParkedReports?
    ) rethrows -> Resolution {
        guard let state, state.status == message.status else { return try settledElsewhere(message.row, state, kept) }
        var resolution = Resolution(.waits)
        resolution.memory = .note(Note(state.row, nextAskAt: until, tracking))
        guard !tracking.newRefusals.isEmpty else { return resolution }
        let told = (try kept()?.told ?? []).map(\.code)
        resolution.refusals = tracking.newRefusals.filter { !told.contains($0.code) }
        return resolution
    }

    private static func settling(
        _ settlement: Settlement, _ state: MessageState?, _ kept: () throws -> ParkedReports?, at now: Timestamp
    ) rethrows -> Resolution {
        guard let state, var effective = settlement.effective(on: state) else {
            return try settledElsewhere(settlement.row, state, kept)
        }
        if !effective.refusals.isEmpty, let kept = try kept() { effective.tracking.note(told: kept.told) }
        let audit = AuditEntry(effective, at: now)
        var memory = state.tracking == nil ? Memory.asItWas : .forget
        if effective.to == .deadLetter {
            effective.tracking.refusal = nil
            var tracking = effective.tracking
            tracking.reason = effective.reason
            memory = .note(
                Note(
                    effective.row, nextAskAt: effective.nextAskAt, tracking, settledAt: now, code: effective.code))
        }
        var resolution = Resolution(.settled(effective))
        resolution.change = Change(
            row: effective.row, from: effective.from, to: effective.to, code: effective.code, message: effective.message
        )
        resolution.audit = audit
        resolution.memory = memory
        return resolution
    }

    private static func settledElsewhere(
        _ row: RowLocator, _ state: MessageState?, _ kept: () throws -> ParkedReports?
    ) rethrows -> Resolution {
        var resolution = Resolution(.settledElsewhere)
        resolution.memory = try memory(of: state, kept)
        if state == nil { resolution.vacated = row }
        return resolution
    }

    // MARK: What nobody asks about any more

    /// Of a message that somebody else may have settled. Why it was made a dead letter is kept while it is one; and that the
    /// table refused a report about it, while that report is kept.
    private static func memory(
        of state: MessageState?, _ kept: () throws -> ParkedReports?
    ) rethrows -> Memory {
        switch state?.status {
        case .pending: return .asItWas
        case .sent, .other, nil: return .forget
        case .deadLetter:
            guard let tracking = state?.tracking, tracking.reason == nil else { return .asItWas }
            return try tracking.refusal != nil && kept() != nil ? .asItWas : .forget
        }
    }

    /// Of a message that is met in passing, or that nobody asks about any more.
    /// - Parameters:
    ///   - lastSeen: where its row was.
    ///   - kept: looked for only where it matters: most messages are left as they are.
    ///   - limit: a dead letter whose age counts from before it is not asked about any more.
    package static func tidying(
        _ state: MessageState?, lastSeen: RowLocator, kept: @autoclosure () throws -> ParkedReports?,
        watchedSince limit: Timestamp
    ) rethrows -> Resolution {
        var resolution = try settledElsewhere(lastSeen, state, kept)
        guard resolution.memory == .asItWas, let state, state.status == .deadLetter, state.nextAskAt != nil,
            let acceptedAt = state.acceptedAt, acceptedAt < limit
        else { return resolution }
        resolution.memory = .endWatch
        return resolution
    }

    // MARK: What begins anew

    /// A dead letter that a person wants to be pending again: due now, and nothing is remembered.
    /// - Returns: nil for one that is none.
    package static func requeuing(_ state: MessageState, at now: Timestamp) -> Resolution? {
        guard state.status == .deadLetter else { return nil }
        var resolution = Resolution(.requeued)
        resolution.change = Change(row: state.row, from: .deadLetter, to: .pending)
        resolution.memory = .note(Note(state.row, nextAskAt: now, Tracking()))
        resolution.audit = AuditEntry(
            at: now, from: .deadLetter, to: .pending, reason: state.tracking?.reason, source: .requeue)
        return resolution
    }

    /// What is to be remembered of the message in a row that was another message's, before that one is forgotten: from now
    /// on its age counts, and it is left to its webhook for a while.
    /// - Returns: nil for one of which something is known, or that is not open, or was not accepted yet.
    package static func newcomer(
        _ state: MessageState, insteadOf former: MessageKey, at now: Timestamp, after: Duration
    ) -> Note? {
        guard state.key != former, state.status == .pending, state.tracking == nil, let start = state.start,
            start <= now
        else { return nil }
        return Note(state.row, nextAskAt: now + after, Tracking(firstSeenAt: now))
    }
}

extension Settlement {
    /// As it takes effect on the row as it is; nil where somebody else has settled it.
    fileprivate func effective(on state: MessageState) -> Settlement? {
        var effective = state.status == from ? self : afterLosing(to: state.status)
        effective?.row = state.row
        guard let effective, effective.from == .deadLetter, effective.to == .deadLetter else { return effective }
        // Only a dead letter that we gave up is told more precisely, not one that was reported, or is somebody else's.
        return state.tracking?.reason.map { $0 != .reported } ?? false ? effective : nil
    }
}

extension ParkedReports {
    /// Reports that wait to be confirmed: what they say of the account was told when they came.
    fileprivate var told: [ReportEntry] { isMatched ? entries : [] }
}
