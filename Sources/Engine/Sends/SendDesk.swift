package import Reconciliation

/// Carries out what `OpenSend` says of sends of which it is not yet known what became of them. One process at a time does
/// that for a database.
@EventLoop
package final class SendDesk {
    /// Sends worked on at a time: one that the provider leaves waiting keeps no other back.
    private static let mostAtOnce = 8
    /// No send waits for so long.
    private static let farAhead = Duration.seconds(366 * 86_400)
    /// Of a pass that ends.
    private static let mostInOnePass = 1000
    /// Pages of the history in one look; a look that ends there proves nothing.
    private static let mostPages = 200
    /// How much earlier a look begins: the provider's clock may be behind.
    private static let clockMargin = Duration.seconds(120)

    private let ledger: any SendLedger
    private let client: ProviderClient
    private let time: any Timekeeper
    private let log: any Log
    private var bucket: TokenBucket
    private var working: [SendKey: Task<Void, Never>] = [:]
    private var isLooking = false
    private var isDraining = false

    /// - Parameter ratePerSecond: of recipients: the provider takes 200 a second (.github/PROVIDER.md, "Limits").
    package init(
        ledger: any SendLedger, client: ProviderClient, ratePerSecond: Double = 200, time: any Timekeeper, log: any Log
    ) {
        self.ledger = ledger
        self.client = client
        self.time = time
        self.log = log
        bucket = TokenBucket(ratePerSecond: ratePerSecond, burst: ratePerSecond, now: time.uptime)
    }

    /// Begins to work on what is to be gone on with; costs a look at the store.
    /// - Returns: whether some are open, or may be: then the store is to be looked at again soon.
    @discardableResult
    package func look() async -> Bool {
        guard !isDraining else { return false }
        // What the look under way has seen already may be out of date.
        guard !isLooking else { return true }
        isLooking = true
        defer { isLooking = false }
        await beginDue()
        let open = try? await ledger.openSends(at: time.now + Self.farAhead, limit: 1)
        return open?.isEmpty != true
    }

    /// Begins to work on this one, whatever else is under way.
    package func begin(_ key: SendKey) async {
        guard working[key] == nil, !isDraining, let send = try? await ledger.openSend(key) else { return }
        begin(send)
    }

    /// Works on all that is to be gone on with now, each once, and returns when that is done.
    package func workOnce() async {
        var done: Set<SendKey> = []
        while !isDraining, let due = try? await ledger.openSends(at: time.now, limit: Self.mostInOnePass) {
            let next = due.filter { !done.contains($0.key) }.prefix(Self.mostAtOnce)
            guard !next.isEmpty else { return }
            for send in next {
                done.insert(send.key)
                begin(send)
            }
            for task in working.values { await task.value }
        }
    }

    /// Begins nothing more, and returns when what is under way has ended.
    package func drain() async {
        isDraining = true
        for task in working.values { await task.value }
    }

    private func beginDue() async {
        let room = Self.mostAtOnce - working.count
        guard room > 0, !isDraining else { return }
        // A store that cannot be read is the cycle's to tell of.
        guard let due = try? await ledger.openSends(at: time.now, limit: Self.mostAtOnce + room) else { return }
        for send in due where working.count < Self.mostAtOnce && !isDraining { begin(send) }
    }

    private func begin(_ send: OpenSend) {
        guard working[send.key] == nil else { return }
        working[send.key] = EventLoop.task { [self] in
            await work(on: send)
            working[send.key] = nil
        }
    }

    /// One step.
    private func work(on send: OpenSend) async {
        do throws(LedgerError) {
            let story: SendStory?
            switch send.step(at: time.now) {
            case .request: story = try await request(send)
            case .look: story = try await look(for: send)
            case .giveUp:
                story = try await ledger.giveUp(send.key, at: time.now)
                log.write(.givenUp(send))
                return
            }
            if let story { log.write(.worked(on: send, story)) }
        } catch {
            log.write(error.event(of: send))
        }
    }

    private func request(_ send: OpenSend) async throws(LedgerError) -> SendStory? {
        let recipients = (try await ledger.story(of: send.key))?.outcomes.count ?? 0
        guard await takeTurn(recipients) else { return nil }
        // It may have had to wait.
        guard send.step(at: time.now) == .request, let body = try await ledger.beginTry(of: send.key, at: time.now)
        else { return nil }
        var tried = send
        tried.tries += 1
        let reply = await client.send(body, recipients: recipients)
        if case .notNow(_, let pause) = reply { bucket.pause(until: time.uptime + (pause ?? .seconds(1))) }
        return try await ledger.conclude(
            send.key, tried.conclude(reply), lookedAt: nil, tryAt: time.now + send.pause(), at: time.now)
    }

    /// Waits for the rate.
    private func takeTurn(_ recipients: Int) async -> Bool {
        for _ in 0..<recipients {
            while let wait = bucket.take(at: time.uptime) {
                guard !isDraining, (try? await time.sleep(for: wait)) != nil else { return false }
            }
        }
        return !isDraining
    }

    /// Goes through the history from just before the send, until all its recipients are found or there is no more.
    private func look(for send: OpenSend) async throws(LedgerError) -> SendStory {
        let beganAt = time.now
        var conclusion = OpenSend.Conclusion(isKnownToProvider: send.isKnownToProvider)
        var question = HistoryQuestion(requestTime: send.createdAt - Self.clockMargin)
        var isComplete = false
        var pages = 0
        while conclusion.outcomes.count < send.open.count, pages < Self.mostPages, !isDraining {
            guard case .answered(let page, _) = await client.sent(question) else {
                conclusion.trouble = "the history of sends cannot be had"
                break
            }
            pages += 1
            for (reference, key) in page.keys where reference.key == send.key && send.open.contains(reference.recipient)
            {
                conclusion.outcomes[reference.recipient] = .accepted(key, isNew: false)
            }
            guard page.hasNext == true, let cursor = page.cursor, cursor != question.cursor else {
                isComplete = page.hasNext != true
                break
            }
            question.cursor = cursor
        }
        if conclusion.outcomes.count < send.open.count, conclusion.trouble == nil {
            conclusion.trouble = "not in the history of sends"
        }
        return try await ledger.conclude(
            send.key, conclusion, lookedAt: isComplete ? beganAt : nil, tryAt: time.now + send.pause(), at: time.now)
    }
}

extension LogEvent {
    /// What a step came to. No telephone numbers: recipients are counted.
    fileprivate static func worked(on send: OpenSend, _ story: SendStory) -> LogEvent {
        let rejected = story.outcomes.count - story.unknown - story.accepted.count
        var fields = [
            LogField("send", .string(send.key.text)), LogField("purpose", .string(send.purpose.rawValue)),
            LogField("accepted", .integer(story.accepted.count)), LogField("not_accepted", .integer(rejected)),
        ]
        guard !story.isClosed else { return LogEvent(rejected > 0 ? .warn : .info, .sendAccepted, fields) }
        fields.append(LogField("unknown", .integer(story.unknown)))
        if let trouble = story.trouble { fields.append(LogField("error", .string(trouble))) }
        if let tryAt = story.tryAt { fields.append(LogField("retry_at", .string(tryAt.iso8601()))) }
        return LogEvent(.warn, .sendOpen, fields)
    }

    fileprivate static func givenUp(_ send: OpenSend) -> LogEvent {
        LogEvent(
            .error, .sendGivenUp,
            [
                LogField("send", .string(send.key.text)), LogField("purpose", .string(send.purpose.rawValue)),
                LogField("unknown", .integer(send.open.count)),
                LogField("created_at", .string(send.createdAt.iso8601())),
            ])
    }
}

extension LedgerError {
    fileprivate func event(of send: OpenSend) -> LogEvent {
        LogEvent(.error, .sendOpen, [LogField("send", .string(send.key.text)), LogField("error", .string(message))])
    }
}
