/// What the provider knows: messages, what becomes of them and when. Pure: time (milliseconds since 1970) is an
/// argument, chance comes from a seed, and there is no socket, clock or file in it.
package struct ProviderModel: Sendable {
    /// May be changed at any time.
    package var configuration: SimulatorConfiguration
    /// Since when the account is suspended, by the provider's clock: every message accepted from then on is reported as
    /// 64008. Nil = it is not. What has been planned already stays as it is.
    package var suspendedSince: Int64?
    /// By their keys.
    package var senders: [String: Sender] = [:]

    var messages: [MessagePlan] = []
    var announcements = AnnouncementQueue()
    var polling = PollingQueue()
    var order = HistoryIndex()
    var shuffled = ShuffledHistory()
    private(set) var refusals: [Refusal] = []
    private var byKey: [String: Int] = [:]
    private var byRequest: [String: [Int]] = [:]
    private var requests: Int64 = 0
    private var idempotency: [String: KnownSend] = [:]

    /// An empty provider.
    package init(configuration: SimulatorConfiguration = SimulatorConfiguration()) {
        self.configuration = configuration
    }

    /// All messages in the order in which they came, those out of the window included.
    package var plans: [MessagePlan] { messages }

    /// The plan of one message, whether or not it is still within the window.
    package func plan(_ msgKey: String) -> MessagePlan? {
        byKey[msgKey].map { messages[$0] }
    }

    // MARK: Coming in

    /// Puts messages in as they are. One with a known key replaces what was planned for it.
    package mutating func load(_ plans: [MessagePlan]) {
        for plan in plans { insert(plan) }
    }

    /// Plans a message as if it had been sent at `acceptedAt`, with an outcome of choice, or else one drawn, or refused
    /// because the account was suspended then.
    package func planned(
        msgKey: String, acceptedAt: Int64, flow: [Channel], outcome: PlannedOutcome? = nil, ordinal: Int? = nil
    ) -> MessagePlan {
        let ordinal = ordinal ?? messages.count
        var generator = SeededGenerator(seed: configuration.seed, stream: UInt64(ordinal))
        let planner = configuration.planner
        let drawn = planner.weights.draw(channels: flow.count, &generator)
        let isSuspended = suspendedSince.map { $0 <= acceptedAt } ?? false
        let outcome = outcome ?? (isSuspended ? .suspended : drawn)
        let channels = planner.channels(outcome, flow: flow, at: acceptedAt, &generator)
        return MessagePlan(msgKey: msgKey, acceptedAt: acceptedAt, channels: channels, outcome: outcome)
    }

    /// Accepts a send: one message for each valid recipient.
    package mutating func send(_ request: SendRequest, now: Int64) -> [SendRequest.Result] {
        requests += 1
        let counter = String(requests)
        let padding = String(repeating: "0", count: max(0, 9 - counter.count))
        let requestId = KoreanTime.compact(now) + "SIM" + padding + counter
        return request.recipients.enumerated().map { index, recipient in
            guard recipient.isValid else {
                let serviceType = request.flow.first?.serviceType ?? Channel.alimtalk.serviceType
                refusals.append(Refusal(at: now, serviceType: serviceType, groupKey: request.groupKey))
                return SendRequest.Result(to: recipient.to, msgKey: nil, code: "A306")
            }
            let suffix = String(index)
            let msgKey = requestId + String(repeating: "0", count: max(0, 3 - suffix.count)) + suffix
            var plan = planned(msgKey: msgKey, acceptedAt: now, flow: request.flow)
            plan.to = recipient.to
            plan.groupKey = request.groupKey
            plan.ref = recipient.ref ?? request.ref
            plan.announced = true
            insert(plan)
            return SendRequest.Result(to: recipient.to, msgKey: msgKey, code: "A000")
        }
    }

    /// What came of the send with that idempotency key, while the key is in force; nil where none is known.
    package func known(idempotencyKey: String, now: Int64) -> [SendRequest.Result]? {
        idempotency[idempotencyKey].flatMap { now < $0.until ? $0.results : nil }
    }

    /// Notes what came of a send, for as long as its idempotency key is in force.
    package mutating func note(
        _ results: [SendRequest.Result], idempotencyKey: String, ttlMilliseconds: Int64, now: Int64
    ) {
        idempotency[idempotencyKey] = KnownSend(until: now + ttlMilliseconds, results: results)
    }

    private struct KnownSend: Sendable {
        var until: Int64
        var results: [SendRequest.Result]
    }

    private mutating func insert(_ plan: MessagePlan) {
        shuffled.invalidate()
        let index: Int
        if let known = byKey[plan.msgKey] {
            index = known
            if messages[index].acceptedAt != plan.acceptedAt { order.invalidate() }
            messages[index] = plan
        } else {
            index = messages.count
            messages.append(plan)
            byKey[plan.msgKey] = index
            byRequest[MessagePlan.requestId(of: plan.msgKey), default: []].append(index)
            order.append(index, acceptedAt: plan.acceptedAt)
        }
        guard plan.announced else { return }
        for (channel, entry) in plan.channels.enumerated() where entry.reportCode != nil {
            announcements.insert(Announcement(at: entry.visibleAt, message: index, channel: channel))
        }
    }

    // MARK: Asked about

    /// The reports of one message that can be had by now, first channel first.
    func reports(msgKey: String, now: Int64) -> [ReportView] {
        guard let index = byKey[msgKey], isWithinWindow(messages[index], now) else { return [] }
        let message = messages[index]
        return message.channels.indices
            .filter { message.channels[$0].visibleCode(now: now) != nil }
            .map { ReportView(message: message, channel: $0) }
    }

    /// The channels of one message tried by now.
    func statuses(msgKey: String, now: Int64) -> [ReportView] {
        byKey[msgKey].map { started($0, now: now) } ?? []
    }

    /// The channels tried by now of all messages of one request.
    func statuses(requestId: String, now: Int64) -> [ReportView] {
        (byRequest[requestId] ?? []).flatMap { started($0, now: now) }
    }

    func started(_ index: Int, now: Int64) -> [ReportView] {
        let message = messages[index]
        guard isWithinWindow(message, now) else { return [] }
        return message.channels.indices
            .filter { message.channels[$0].startsAt <= now }
            .map { ReportView(message: message, channel: $0) }
    }

    func isWithinWindow(_ message: MessagePlan, _ now: Int64) -> Bool {
        now - message.acceptedAt <= configuration.windowMilliseconds
    }

    // MARK: Maturing

    /// When the next report matures, if any is waiting.
    package var nextAnnouncementAt: Int64? { announcements.nextAt }

    /// Removes the reports that matured. With report method POLLING they go to the polling queue, otherwise they are
    /// the caller's to deliver. A report replaced since it was planned is not announced.
    mutating func takeMatured(now: Int64, limit: Int = .max) -> [ReportView] {
        var matured: [ReportView] = []
        while matured.count < limit, let due = announcements.popDue(now: now) {
            let message = messages[due.message]
            guard message.announced, due.channel < message.channels.count,
                message.channels[due.channel].reportCode != nil, message.channels[due.channel].visibleAt == due.at
            else { continue }
            switch configuration.reportMethod {
            case .webhook: matured.append(ReportView(message: message, channel: due.channel))
            case .polling: polling.append(due)
            }
        }
        return matured
    }
}
