/// What to do about one message after it was asked about.
package enum Judgement: Hashable, Sendable {
    /// Change its row.
    case settle(Settlement)
    /// Leave its row and ask again then. Nil: a watched dead letter whose window has closed; never again.
    case wait(until: Timestamp?, Tracking)

    package var isSettlement: Bool {
        if case .settle = self { true } else { false }
    }

    /// Whether its message is to be asked about then.
    package func isDue(at time: Timestamp) -> Bool {
        if case .wait(let until?, _) = self { until <= time } else { false }
    }

    /// Whoever has had his turn in a pass is not due again in it.
    package func notDue(by time: Timestamp) -> Judgement {
        guard isDue(at: time), case .wait(_, let tracking) = self else { return self }
        return .wait(until: time + .milliseconds(1), tracking)
    }

    /// Judges an answered question.
    /// - Parameters:
    ///   - entries: all entries known, after a failure has been confirmed (`Verdict`).
    ///   - askedAt: when the question was put. An answer is evidence only about that moment, so staleness is
    ///     judged by it and not by when the answer came.
    package init(
        _ message: DueMessage, entries: [ReportEntry], askedAt: Timestamp, policy: Policy,
        random: inout some RandomNumberGenerator
    ) {
        var tracking = message.tracking
        tracking.answers += 1
        tracking.failures = 0
        tracking.newRefusals = []
        // A provider that speaks of a message past its window knows it still.
        if message.isInWindow(at: askedAt, policy) || !entries.isEmpty { tracking.wasAnswered = true }
        switch Verdict(entries: entries) {
        case .delivered(let entry):
            self = .settle(.delivered(message, entry, tracking).noting(entries))
        case .failed(let entry):
            self = .settle(.failed(message, entry, tracking).noting(entries))
        case .inFlight(let lastCode):
            tracking.hear(lastCode, entries)
            self = .open(message, tracking, askedAt, policy, random: &random)
        }
    }

    /// Judges a question that failed for this message while the provider answers others.
    /// - Returns: a later time to ask, unless it is a dead letter whose window will have closed by then; or the end of it
    ///   for a message past the provider's window that was never answered, if the question was rejected and so will be
    ///   again.
    package static func unanswered(
        _ message: DueMessage, _ failure: QuestionFailure.Kind, at now: Timestamp, policy: Policy,
        random: inout some RandomNumberGenerator
    ) -> Judgement {
        var tracking = message.tracking
        tracking.failures += 1
        if failure == .rejected, message.status == .pending, !tracking.wasAnswered,
            let acceptedAt = message.acceptedAt, now > acceptedAt + policy.window
        {
            return .settle(.givenUp(message, .unverifiable, tracking, nextAskAt: nil, policy))
        }
        let next = now + policy.retry.delay(afterAttempt: tracking.failures + tracking.answers, using: &random)
        let isOver = message.status == .deadLetter && !message.isInWindow(at: next, policy)
        return .wait(until: isOver ? nil : next, tracking)
    }

    /// What is heard of a message that is judged only later: it stays due, but refusals of the account or the sender that
    /// nobody has been told of are told now.
    /// - Parameter time: when it was due.
    /// - Returns: nil where there is nothing to tell; of what came by itself people were told when it came.
    package static func telling(_ entries: [ReportEntry], of message: DueMessage, dueAt time: Timestamp) -> Judgement? {
        var tracking = message.tracking
        tracking.newRefusals = tracking.news(of: entries)
        guard message.kept == nil, !tracking.newRefusals.isEmpty else { return nil }
        tracking.note(told: entries)
        return .wait(until: time, tracking)
    }

    private static func open(
        _ message: DueMessage, _ tracking: Tracking, _ askedAt: Timestamp, _ policy: Policy,
        random: inout some RandomNumberGenerator
    ) -> Judgement {
        if message.status == .deadLetter {
            return .wait(until: nextWatch(message, askedAt, policy), tracking)
        }
        let next = askedAt + policy.retry.delay(afterAttempt: tracking.answers, using: &random)
        guard let acceptedAt = message.acceptedAt else { return .wait(until: next, tracking) }
        let deadline = acceptedAt + policy.staleAfter
        guard askedAt >= deadline else { return .wait(until: min(next, deadline), tracking) }
        let reason: DeadLetterReason =
            if !tracking.wasAnswered {
                .unverifiable
            } else if tracking.lastCode?.meaning == .uncertain {
                .uncertain
            } else {
                .stale
            }
        let watch = reason.isWatched ? nextWatch(message, askedAt, policy) : nil
        return .settle(.givenUp(message, reason, tracking, nextAskAt: watch, policy))
    }

    /// Nil when the provider's window will have closed by then.
    private static func nextWatch(_ message: DueMessage, _ askedAt: Timestamp, _ policy: Policy) -> Timestamp? {
        let next = askedAt + policy.watchInterval
        return message.isInWindow(at: next, policy) ? next : nil
    }
}

/// What is to be done about one message.
package struct Decision: Hashable, Sendable {
    package var message: DueMessage
    package var judgement: Judgement

    package init(_ message: DueMessage, _ judgement: Judgement) {
        self.message = message
        self.judgement = judgement
    }

    /// Whether it would be the first that is noted of its message: then it matters whether another one's key was in its row
    /// before (`firstSeen`).
    package var isFirstNote: Bool {
        guard case .wait = judgement else { return false }
        return message.status == .pending && message.tracking == Tracking()
    }

    /// The same where the application has just sent again in the message's row: a report that leaves its outcome open is
    /// then the first that is seen of it.
    package func firstSeen(at now: Timestamp) -> Decision {
        guard case .wait(let until, var tracking) = judgement else { return self }
        tracking.firstSeenAt = now
        return Decision(message, .wait(until: until, tracking))
    }
}

extension DueMessage {
    /// Whether the provider answers about it then; false where its age cannot be told.
    fileprivate func isInWindow(at time: Timestamp, _ policy: Policy) -> Bool {
        acceptedAt.map { time <= $0 + policy.window } ?? false
    }
}

extension [ReportEntry] {
    /// Those by which the account or the sender was refused, each channel's once: reports and channels may both list it.
    fileprivate var refusals: [ReportEntry] {
        var refusals: [ReportEntry] = []
        for entry in self where entry.code?.meaning.refusal != nil {
            let isKnown = refusals.contains { $0.code == entry.code && $0.serviceType == entry.serviceType }
            if !isKnown { refusals.append(entry) }
        }
        return refusals
    }
}

extension Tracking {
    /// Takes an answer without a final word. A refusal is news once: the same answer comes again with every question.
    mutating func hear(_ lastCode: ReportCode?, _ entries: [ReportEntry]) {
        newRefusals = news(of: entries)
        note(told: entries)
        if let lastCode { self.lastCode = lastCode }
    }

    /// The refusals among the entries that nobody has been told of. Of what earlier versions have told, the last code
    /// alone is known.
    package func news(of entries: [ReportEntry]) -> [ReportEntry] {
        entries.refusals.filter { entry in
            entry.code.map { !toldRefusals.contains($0) && $0 != lastCode } ?? false
        }
    }

    /// People have been told of the refusals among the entries.
    package mutating func note(told entries: [ReportEntry]) {
        toldRefusals.formUnion(entries.refusals.compactMap(\.code))
    }
}

extension Settlement {
    /// With the refusals among the entries.
    func noting(_ entries: [ReportEntry]) -> Settlement {
        var noted = self
        noted.refusals = entries.refusals
        return noted
    }

    /// The refusals that were not told of while the message was open.
    var newRefusals: [ReportEntry] {
        isGivenUp ? tracking.newRefusals : tracking.news(of: refusals)
    }

    static func delivered(_ message: DueMessage, _ entry: ReportEntry, _ tracking: Tracking) -> Settlement {
        Settlement(
            key: message.key, row: message.row, from: message.status, to: .sent, code: .delivered,
            reportedAt: entry.reportedAt, acceptedAt: message.acceptedAt, tracking: tracking)
    }

    static func failed(_ message: DueMessage, _ entry: ReportEntry, _ tracking: Tracking) -> Settlement {
        Settlement(
            key: message.key, row: message.row, from: message.status, to: .deadLetter, reason: .reported,
            code: entry.code, message: Self.failureMessage(entry), reportedAt: entry.reportedAt,
            acceptedAt: message.acceptedAt, tracking: tracking)
    }

    fileprivate static func givenUp(
        _ message: DueMessage, _ reason: DeadLetterReason, _ tracking: Tracking, nextAskAt: Timestamp?, _ policy: Policy
    ) -> Settlement {
        let asked = "(asked \(tracking.answers + tracking.failures) times)"
        let text =
            switch reason {
            case .uncertain:
                "[UNCERTAIN] outcome still open \(policy.staleAfterText) after acceptance"
                    + (tracking.lastCode.map { ", last code \($0)" } ?? "") + " \(asked)"
            case .unverifiable:
                "[UNVERIFIABLE] older than the provider's \(policy.windowText) window, never answered \(asked)"
            case .stale, .reported:
                "[STALE] no delivery report \(policy.staleAfterText) after acceptance \(asked)"
            }
        return Settlement(
            key: message.key, row: message.row, from: message.status, to: .deadLetter, reason: reason,
            code: reason == .uncertain ? tracking.lastCode : nil, message: text, tracking: tracking,
            nextAskAt: nextAskAt)
    }

    /// `[64016] recipient: <provider's text>`; the code table's words where the provider gave none.
    private static func failureMessage(_ entry: ReportEntry) -> String {
        guard let code = entry.code else { return "" }
        let text = entry.text.map(Redaction.clean) ?? ""
        return "[\(code)] \(code.meaning.rawValue): \(text.isEmpty ? code.gloss ?? "no text given" : text)"
    }
}

/// What all entries known for one message say together.
package enum Verdict: Equatable, Sendable {
    /// Delivered on some channel.
    case delivered(ReportEntry)
    /// Every channel tried has failed; the entry is the last failure.
    case failed(ReportEntry)
    /// No final word. `lastCode` is the uncertain code if there was one, else the last failure's.
    case inFlight(lastCode: ReportCode?)

    /// Reduces the entries. The order in which they are listed decides only between entries of equal report time.
    ///
    /// A failed entry together with an uncertain one is in flight: the uncertain channel may have delivered.
    package init(entries: [ReportEntry]) {
        if let delivered = entries.first(where: { $0.code?.meaning == .delivered }) {
            self = .delivered(delivered)
            return
        }
        let lastUncertain = Self.last(of: entries.filter { $0.code?.meaning == .uncertain })
        let failures = entries.filter { $0.code != nil && $0.code?.meaning != .uncertain }
        let lastFailure = Self.last(of: failures)
        if let lastFailure, failures.count == entries.count {
            self = .failed(lastFailure)
        } else {
            self = .inFlight(lastCode: (lastUncertain ?? lastFailure)?.code)
        }
    }

    private static func last(of entries: [ReportEntry]) -> ReportEntry? {
        entries.enumerated().max { left, right in
            let leftTime = left.element.reportedAt?.milliseconds ?? .min
            let rightTime = right.element.reportedAt?.milliseconds ?? .min
            return (leftTime, left.offset) < (rightTime, right.offset)
        }?.element
    }
}
