/// All alerts there are, and the rules by which observations and time change them.
///
///     (none) ──seen──▶ firing ──over, and held long enough──▶ resolved ──seen again──▶ firing, next episode
///
/// What happened to messages is not forgotten before every sink has heard of all of them, and that it is over: until
/// then, and for a day at most, the next messages belong to the same episode.
package struct AlertStates: Sendable {
    package private(set) var alerts: [AlertIdentity: Alert]
    /// What has been changed since the book was opened: to be written back.
    package private(set) var changed: Set<AlertIdentity> = []
    /// The latest report time of any delivery, to be kept for good: reports are learnt of in any order, and refusals
    /// reported before it are over.
    package private(set) var lastDeliveryAt: Timestamp?
    private let lastDeliveryAtBefore: Timestamp?
    /// Of whose episode, or its end, a sink has yet to hear.
    private let unheard: Set<AlertIdentity>

    private static let longestUnheard = Duration.seconds(86_400)

    /// - Parameter tellings: of the sinks that are to hear of these alerts.
    package init(_ alerts: [Alert] = [], tellings: [NotificationRecord] = [], lastDeliveryAt: Timestamp? = nil) {
        let known = Dictionary(alerts.map { ($0.identity, $0) }, uniquingKeysWith: { _, last in last })
        self.alerts = known
        unheard = Set(
            tellings.filter { telling in
                known[telling.identity].map { !(telling.isOf($0) && telling.toldResolved) } ?? false
            }.map(\.identity))
        self.lastDeliveryAt = lastDeliveryAt
        lastDeliveryAtBefore = lastDeliveryAt
    }

    /// Whether anything is to be written back.
    package var isChanged: Bool { !changed.isEmpty || lastDeliveryAt != lastDeliveryAtBefore }

    /// Whether what happens to messages has begun another episode than one of these, which is lost to whom it was not
    /// told.
    package func hasBegunAnew(since known: [Alert]) -> Bool {
        known.contains { !$0.identity.name.isCondition && alerts[$0.identity]?.episode != $0.episode }
    }

    package var firing: [Alert] { alerts.values.filter(\.isFiring) }

    /// A report time in the future, by a wrong clock of the provider's, counts as now: it must neither silence what
    /// comes nor keep it firing.
    package mutating func apply(_ observation: AlertObservation, at now: Timestamp, rules: AlertRules) {
        bringBack(to: now)
        switch observation {
        case .occurred(let name, let occurrence):
            add(occurrence, to: AlertIdentity(name), at: now)
        case .refused(let name, let code, let occurrence, let reportedAt):
            let identity = AlertIdentity(name, labels: ["code": code.text])
            addRefusal(occurrence, to: identity, min(reportedAt, now), at: now)
        case .delivered(let reportedAt):
            endRefusals(before: min(reportedAt, now), at: now)
        case .holds(let identity, let detail, let cause):
            hold(identity, detail, cause, at: now)
        case .over(let identity):
            end(identity, at: now)
        case .persists(let name):
            persist(name, at: now)
        case .noOther(let name, let those):
            for identity in alerts.keys where identity.name == name && !those.contains(identity) {
                end(identity, at: now)
            }
        }
        advance(to: now, rules: rules)
    }

    /// Ends what time ends: events that have stopped, conditions that are over for long enough.
    package mutating func advance(to now: Timestamp, rules: AlertRules) {
        bringBack(to: now)
        for alert in firing {
            guard let end = rules.end(of: alert), end <= now else { continue }
            change(alert.identity) { $0.resolve(at: now) }
        }
    }

    /// Whether a delivery could end something that fires.
    package var hasRefusals: Bool { firing.contains { $0.identity.name.lifetime == .refusals } }

    /// Ends refusals by a delivery that only the application knows of. One that ends none is not remembered: only the
    /// provider's reports are.
    /// - Parameter time: no later than its report.
    /// - Returns: whether it ends some.
    package mutating func deliveredElsewhere(_ time: Timestamp, at now: Timestamp, rules: AlertRules) -> Bool {
        let refusedAt = firing.filter { $0.identity.name.lifetime == .refusals }.compactMap(\.refusedAt).min()
        guard let refusedAt, time > refusedAt else { return false }
        apply(.delivered(reportedAt: time), at: now, rules: rules)
        return true
    }

    /// Silences what fires by that name and has these labels among its own, until it resolves.
    /// - Returns: what that is, whether or not it was silent already.
    package mutating func acknowledge(_ name: AlertName, labels: [String: String]) -> [Alert] {
        let meant = firing.filter { alert in
            alert.identity.name == name && labels.allSatisfy { alert.identity.labels[$0.key] == $0.value }
        }
        for alert in meant { change(alert.identity) { $0.isAcknowledged = true } }
        return meant.sorted { $0.identity.dedupKey < $1.identity.dedupKey }
    }

    /// A time that has not come yet was noted while the clock was ahead, and counts as now: an alert must neither wait to
    /// be told nor be taken to be over until the clock is there again.
    private mutating func bringBack(to now: Timestamp) {
        for identity in alerts.keys { change(identity) { $0.bringBack(to: now) } }
        lastDeliveryAt = lastDeliveryAt.map { min($0, now) }
    }

    private mutating func add(_ occurrence: AlertOccurrence, to identity: AlertIdentity, at now: Timestamp) {
        guard occurrence.count > 0 else { return }
        beginIfNeeded(identity, at: now)
        change(identity) { $0.add(occurrence, at: now) }
    }

    private mutating func addRefusal(
        _ occurrence: AlertOccurrence, to identity: AlertIdentity, _ reportedAt: Timestamp, at now: Timestamp
    ) {
        // A refusal older than the delivery that ended the last episode belongs to that episode: a backlog worked
        // off in any order must not make the alert flap.
        if let known = alerts[identity], !known.isFiring, let deliveredAt = known.deliveredAt, reportedAt < deliveredAt
        {
            return
        }
        add(occurrence, to: identity, at: now)
        change(identity) { $0.refusedAt = max($0.refusedAt ?? reportedAt, reportedAt) }
        // Already over when learnt of: an episode that begins and ends here, and is told all the same.
        if let lastDeliveryAt { endRefusals(before: lastDeliveryAt, at: now) }
    }

    private mutating func endRefusals(before reportedAt: Timestamp, at now: Timestamp) {
        lastDeliveryAt = max(lastDeliveryAt ?? reportedAt, reportedAt)
        for alert in alerts.values where alert.identity.name.lifetime == .refusals {
            if alert.isFiring {
                guard let refusedAt = alert.refusedAt, reportedAt > refusedAt else { continue }
                change(alert.identity) {
                    $0.deliveredAt = reportedAt
                    $0.resolve(at: now)
                }
            } else {
                // Later refusals reported before this delivery are over too, in whatever order they are learnt of.
                change(alert.identity) { $0.deliveredAt = max($0.deliveredAt ?? reportedAt, reportedAt) }
            }
        }
    }

    private mutating func hold(_ identity: AlertIdentity, _ detail: String, _ cause: AlertCause?, at now: Timestamp) {
        if cause == nil, let known = alerts[identity], known.isFiring, known.cause?.isTheLesser == true {
            change(identity) { $0.resolve(at: now) }
        }
        beginIfNeeded(identity, at: now)
        change(identity) {
            $0.count = 1
            $0.detail = detail
            $0.cause = cause
            $0.overSince = nil
            $0.lastEventAt = now
        }
    }

    private mutating func end(_ identity: AlertIdentity, at now: Timestamp) {
        guard let alert = alerts[identity], alert.isFiring, alert.overSince == nil else { return }
        change(identity) { $0.overSince = now }
    }

    /// What is found again goes on; what is over does not begin anew by what was known before.
    private mutating func persist(_ name: AlertName, at now: Timestamp) {
        change(AlertIdentity(name)) { if $0.isFiring { $0.lastEventAt = now } }
    }

    private mutating func beginIfNeeded(_ identity: AlertIdentity, at now: Timestamp) {
        guard let known = alerts[identity] else {
            alerts[identity] = Alert(identity: identity, count: 0, since: now)
            changed.insert(identity)
            return
        }
        guard !known.isFiring else { return }
        // What began this very moment nobody has heard of.
        let isUnheard = unheard.contains(identity) || known.since == now
        if !identity.name.isCondition, isUnheard, now < known.since + Self.longestUnheard {
            return change(identity) { $0.resume() }
        }
        var next = Alert(identity: identity, count: 0, since: now)
        next.episode = known.episode + 1
        alerts[identity] = next
        changed.insert(identity)
    }

    private mutating func change(_ identity: AlertIdentity, _ body: (inout Alert) -> Void) {
        guard var alert = alerts[identity] else { return }
        let before = alert
        body(&alert)
        guard alert != before else { return }
        alerts[identity] = alert
        changed.insert(identity)
    }
}
