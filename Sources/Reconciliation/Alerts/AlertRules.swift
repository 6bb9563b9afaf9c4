/// The configured times of alerts (`alerts` in the configuration), and when each thing is due by them.
package struct AlertRules: Hashable, Sendable {
    /// How long a new alert gathers before it is told.
    package var groupWait: Duration
    package var repeatEvery: Duration
    package var keepFiringFor: Duration
    /// Between two looks at the account; zero where there are none.
    package var verifyEvery = Duration.zero
    /// How long an urgent alert gathers: long enough to count a burst, short enough to be "at once".
    package var urgentWait: Duration = .seconds(1)
    /// How long, from when it is told, a receiver that looks only now and then is left to see that an alert fires: it may
    /// tell nobody of what was over before it looked.
    package var leastShown: Duration = .seconds(60)

    package init(
        groupWait: Duration = .seconds(30), repeatEvery: Duration = .seconds(4 * 3600),
        keepFiringFor: Duration = .seconds(600)
    ) {
        self.groupWait = groupWait
        self.repeatEvery = repeatEvery
        self.keepFiringFor = keepFiringFor
    }

    /// As configured, but telling at once: for a single pass that ends.
    package var withoutWaiting: AlertRules {
        var rules = self
        rules.groupWait = .zero
        rules.urgentWait = .zero
        rules.leastShown = .zero
        return rules
    }

    /// When time alone ends a firing alert; nil when it does not.
    package func end(of alert: Alert) -> Timestamp? {
        switch alert.identity.name.lifetime {
        case .events: alert.lastEventAt + repeatEvery
        case .sightings: alert.lastEventAt + keepFiringFor
        case .findings: alert.lastEventAt + verifyEvery + keepFiringFor
        case .refusals: nil
        case .condition(let held): alert.overSince.map { held ? $0 + keepFiringFor : $0 }
        }
    }

    /// How often a receiver that forgets is told that an alert still fires: within the 30 s to 3 min that Alertmanager
    /// expects of its clients (prometheus.io, "Sending alerts").
    package var refreshEvery: Duration { min(.seconds(60), repeatEvery) }

    /// What one sink is to be told of one alert next.
    /// - Parameters:
    ///   - inhibited: whether another alert that fires explains this one.
    ///   - refreshEvery: for a receiver that takes an alert to be over when it hears no more of it. It hears of one
    ///     that it was told of as long as that fires, be it acknowledged, inhibited or only held: silence would be a
    ///     false end. Of an end soon after the beginning it hears later than others (`leastShown`).
    package func next(
        _ alert: Alert, _ told: NotificationRecord, inhibited: Bool, refreshEvery: Duration? = nil
    ) -> NextNotification {
        let news = news(alert, told, inhibited: inhibited)
        guard let refreshEvery, told.episode == alert.episode, let toldAt = told.toldAt, !told.toldResolved else {
            return news
        }
        let again = toldAt + refreshEvery
        return switch news {
        case .tell(.resolved, let at): .tell(.resolved, at: max(at, min(again, ripe(alert) + leastShown)))
        case .tell(_, let at) where at <= again: news
        default: .tell(.refreshed, at: again)
        }
    }

    /// The same for a sink that does not hear of such alerts any more: only the end of what it was told of before.
    package func last(_ alert: Alert, _ told: NotificationRecord) -> NextNotification {
        guard told.owesEnd, !alert.isFiring else { return .nothing }
        return .tell(.resolved, at: alert.resolvedAt ?? alert.lastEventAt)
    }

    /// What would be new to one sink.
    private func news(_ alert: Alert, _ told: NotificationRecord, inhibited: Bool) -> NextNotification {
        let episodeIsTold = told.isOf(alert)
        if alert.isFiring {
            // A condition that is over and only held says nothing new, and would not be true when told.
            guard !alert.isAcknowledged, !inhibited, alert.overSince == nil else { return .nothing }
            // Told of its end already: it goes on, as another sink had yet to hear of it.
            guard episodeIsTold, !told.toldResolved, let toldAt = told.toldAt else {
                return .tell(.firing, at: ripe(alert))
            }
            let doubled = alert.count >= 2 * max(told.toldCount, 1)
            let again = toldAt + (doubled ? min(groupWait, repeatEvery) : repeatEvery)
            return .tell(.repeated, at: again)
        }
        if episodeIsTold {
            return told.toldResolved ? .nothing : .tell(.resolved, at: alert.resolvedAt ?? alert.lastEventAt)
        }
        // It began and ended before it was told. What happened to messages is told all the same; of a condition only
        // the end, to a sink that knows of an earlier episode, or may have been told of this one.
        guard alert.identity.name.isCondition else { return .tell(.firing, at: alert.since) }
        return told.owesEnd ? .tell(.resolved, at: alert.resolvedAt ?? alert.lastEventAt) : .nothing
    }

    private func ripe(_ alert: Alert) -> Timestamp {
        alert.since + (alert.identity.name.isUrgent ? min(urgentWait, groupWait) : groupWait)
    }
}

/// What one sink has been told of one alert. Written only after the sink said so, but for `isBegun`.
package struct NotificationRecord: Hashable, Sendable {
    package var identity: AlertIdentity
    /// The sink's configured name.
    package var sink: String
    /// The episode the rest is about.
    package var episode = 0
    package var toldAt: Timestamp?
    package var toldCount = 0
    package var toldResolved = false
    /// A condition was going to be told, and whether the sink took it has not been noted since: a process that was
    /// killed in between may have told it.
    package var isBegun = false
    /// Failed attempts in a row.
    package var failures = 0
    /// When the last of them was noted.
    package var failedAt: Timestamp?
    /// Not before then, after a failed attempt.
    package var notBefore: Timestamp?

    package init(identity: AlertIdentity, sink: String) {
        self.identity = identity
        self.sink = sink
    }

    /// Whether the sink has been told of this episode.
    func isOf(_ alert: Alert) -> Bool { episode == alert.episode && toldAt != nil }

    /// Whether the sink was, or may have been, told of something whose end it has not been told.
    package var owesEnd: Bool { isBegun || (toldAt != nil && !toldResolved) }

    /// To be written before the attempt: of a condition that is over by the time the next process looks, nothing but
    /// the end is told, and that only to those who may know of it.
    /// - Returns: nil where that is not needed, as the attempt will be repeated.
    package func begun(_ kind: NotificationKind) -> NotificationRecord? {
        guard kind == .firing, identity.name.isCondition else { return nil }
        var next = self
        next.isBegun = true
        return next
    }

    /// After the sink took `kind` of the alert as it was then.
    package func told(_ kind: NotificationKind, of alert: Alert, at now: Timestamp) -> NotificationRecord {
        var next = self
        next.episode = alert.episode
        next.toldAt = now
        next.toldCount = alert.count
        next.toldResolved = kind == .resolved
        next.isBegun = false
        next.failures = 0
        next.failedAt = nil
        next.notBefore = nil
        return next
    }

    /// Without times that can only have been noted while the clock was ahead: none was told, or failed, later than now,
    /// and none waits for longer than `longestWait`.
    package func broughtBack(to now: Timestamp, longestWait: Duration) -> NotificationRecord {
        var next = self
        next.toldAt = toldAt.map { min($0, now) }
        guard let notBefore else { return next }
        let failedAhead = failedAt.map { $0 > now } == true
        if failedAhead || notBefore > now + longestWait {
            next.failedAt = failedAt.map { min($0, now) }
            next.notBefore = min(notBefore, now)
        }
        return next
    }

    /// After the sink did not take it.
    package func refused(at now: Timestamp, notBefore: Timestamp) -> NotificationRecord {
        var next = self
        next.isBegun = false
        next.failures += 1
        next.failedAt = now
        next.notBefore = notBefore
        return next
    }
}

package enum NotificationKind: String, Hashable, Sendable {
    case firing
    case repeated
    /// Nothing new: only so that the receiver does not take it to be over.
    case refreshed
    case resolved
}

package enum NextNotification: Hashable, Sendable {
    case nothing
    /// Not before that time.
    case tell(NotificationKind, at: Timestamp)
}
