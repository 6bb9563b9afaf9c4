/// Reports of one message that came unasked and could not be applied when they came, and when to try again.
package struct ParkedReports: Hashable, Sendable {
    /// One for each channel, those with a code. Their texts have been cleaned (`Redaction`).
    package private(set) var entries: [ReportEntry]
    /// Whether the message has a row: then a failure waits to be confirmed, or for what is uncertain to be told. Else the
    /// row is not there, or not yet.
    package var isMatched: Bool
    /// When the first of them came.
    package var receivedAt: Timestamp
    /// Looks taken in vain.
    package var tries: Int
    package var tryAt: Timestamp

    /// - Returns: nil when none of the entries has a code: those say nothing that would have to be kept.
    package init?(
        _ entries: [ReportEntry], isMatched: Bool, receivedAt: Timestamp, tries: Int = 0, tryAt: Timestamp
    ) {
        self.entries = [].updated(with: entries.filter { $0.code != nil }.map(\.cleaned))
        guard !self.entries.isEmpty else { return nil }
        self.isMatched = isMatched
        self.receivedAt = receivedAt
        self.tries = tries
        self.tryAt = tryAt
    }

    /// The application usually writes its row within seconds, but may be days behind.
    private static let whileUnmatched = RetrySchedule(
        first: .seconds(10), factor: 2, max: .seconds(21_600), jitter: 0.1)
    /// A fallback channel usually has its outcome within minutes, and then its report comes by itself.
    private static let whileUnconfirmed = RetrySchedule(
        first: .seconds(120), factor: 2, max: .seconds(21_600), jitter: 0.1)
    /// For one that could not even be asked about.
    private static let pause = Duration.seconds(60)

    /// For a message that was about to be given up: so long they have to be applied first.
    package static let pauseBeforeGivingUp = Duration.seconds(600)

    /// Whether they tell an outcome, be it one that is still to be confirmed.
    package var isFinal: Bool {
        if case .inFlight = Verdict(entries: entries) { false } else { true }
    }

    /// To be looked at as soon as can be.
    package func soon(at now: Timestamp) -> ParkedReports {
        var next = self
        next.tryAt = min(tryAt, now)
        return next
    }

    /// After a look that changed nothing.
    package func triedInVain(at now: Timestamp, random: inout some RandomNumberGenerator) -> ParkedReports {
        var next = self
        next.tries += 1
        let schedule = isMatched ? Self.whileUnconfirmed : Self.whileUnmatched
        next.tryAt = now + schedule.delay(afterAttempt: next.tries, using: &random)
        return next
    }

    /// When no look could be taken.
    package func postponed(at now: Timestamp) -> ParkedReports {
        var next = self
        next.tryAt = now + Self.pause
        return next
    }

    /// All that is known once message status has told the state of the channels: what is kept and what was told. An
    /// uncertain report gives way to what is known of its channel by now.
    package func confirmed(by channels: [ReportEntry]) -> [ReportEntry] {
        let kept = entries.filter { entry in
            entry.code?.meaning != .uncertain
                || !channels.contains { $0.code != nil && $0.serviceType == entry.serviceType }
        }
        return channels + kept
    }
}

extension [ReportEntry] {
    /// Those of each message, in the order in which it was first spoken of.
    package var byKey: [(key: MessageKey, entries: [ReportEntry])] {
        var places: [MessageKey: Int] = [:]
        var messages: [(key: MessageKey, entries: [ReportEntry])] = []
        for entry in self {
            if let place = places[entry.key] {
                messages[place].entries.append(entry)
            } else {
                places[entry.key] = messages.count
                messages.append((entry.key, [entry]))
            }
        }
        return messages
    }

    /// With newer reports: of one channel the last report counts, but delivered stays delivered, and a report without
    /// a code takes nothing back.
    package func updated(with newer: [ReportEntry]) -> [ReportEntry] {
        var result: [ReportEntry] = []
        for entry in self + newer {
            guard let index = result.firstIndex(where: { $0.serviceType == entry.serviceType }) else {
                result.append(entry)
                continue
            }
            if entry.supersedes(result[index]) { result[index] = entry }
        }
        return result
    }
}

extension ReportEntry {
    fileprivate func supersedes(_ other: ReportEntry) -> Bool {
        guard let code, other.code?.meaning != .delivered else { return false }
        guard other.code != nil, code.meaning != .delivered else { return true }
        return (reportedAt?.milliseconds ?? .max) >= (other.reportedAt?.milliseconds ?? .min)
    }
}
