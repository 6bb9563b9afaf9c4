internal import Reconciliation

/// Asks about messages, several at a time, and has what is decided about them committed.
@EventLoop
final class InquiryRunner {
    private let inquiry: MessageInquiry
    private let client: ProviderClient
    private let committer: Committer
    private let report: CycleReport
    private let limits: Reconciler.Limits
    private let time: any Timekeeper
    private let log: any Log
    private var failed = FailedQuestions()
    private var unverified = UnverifiedSends()

    init(
        _ inquiry: MessageInquiry, client: ProviderClient, committer: Committer, report: CycleReport,
        limits: Reconciler.Limits, time: any Timekeeper, log: any Log
    ) {
        self.inquiry = inquiry
        self.client = client
        self.committer = committer
        self.report = report
        self.limits = limits
        self.time = time
        self.log = log
    }

    /// Whether another question is to be begun.
    func mayGoOn() -> Bool {
        guard !Task.isCancelled, committer.error == nil, inquiry.isOpen else { return false }
        guard let budget = limits.budget, report.elapsed >= budget else { return true }
        report.cutShort()
        return false
    }

    /// Asks about all that the queue holds.
    func ask(about queue: DueQueue) async throws(LedgerError) {
        try await work(off: queue)
        guard !unverified.isEmpty else { return }
        await verifySends(queue)
        try await work(off: queue)
    }

    private func work(off queue: DueQueue) async throws(LedgerError) {
        let error = await withTaskGroup(of: Void.self) { group -> LedgerError? in
            var inFlight = 0
            do throws(LedgerError) {
                while true {
                    if inFlight == limits.maxInFlight {
                        await group.next()
                        inFlight -= 1
                    }
                    guard let question = try await queue.next() else {
                        // Answers on their way can bring more.
                        guard inFlight > 0 else { return nil }
                        await group.next()
                        inFlight -= 1
                        continue
                    }
                    guard mayGoOn() else {
                        if !inquiry.isOpen { report.isShutOut() }
                        guard limits.budget == nil, committer.error == nil, !Task.isCancelled else { return nil }
                        continue  // only counting what is due
                    }
                    if committer.isFull { await committer.flush() }
                    if unverified.isFull { await verifySends(queue) }
                    group.addTask(executorPreference: EventLoop.taskExecutor) {
                        await self.put(question, andMoreOf: queue)
                    }
                    inFlight += 1
                }
            } catch {
                return error
            }
        }
        if let error { throw error }
    }

    /// Goes on with what is at hand as long as nothing speaks against it: a task a message would cost a tenth of all.
    private func put(_ first: PlannedQuestion, andMoreOf queue: DueQueue) async {
        var next: PlannedQuestion? = first
        while let question = next {
            switch question {
            case .message(let message): await ask(about: message)
            // What it leaves to be asked singly is for several to take.
            case .send(let id, let messages): return await ask(about: messages, of: id, queue)
            }
            next = committer.isFull || !mayGoOn() ? nil : queue.atHand()
        }
    }

    // MARK: A message

    private func ask(about message: DueMessage) async {
        switch await inquiry.inquire(message) {
        case .judged(let judgement), .open(let judgement):
            committer.add(Decision(message, judgement))
            guard !failed.isEmpty else { return }
            putOff(failed.takeBlamed { client.lastFailure(of: $0) == nil })
        case .failed(let failure, let endpoint):
            log.write(failure.event(about: message.key))
            report.unanswered(message, failure)
            failed.add(message, failure.kind, endpoint)
        case .notAsked:
            report.isShutOut()
        }
    }

    // MARK: A send

    private func ask(about messages: [DueMessage], of id: RequestID, _ queue: DueQueue) async {
        var singly = messages
        switch await client.ask(.request(id)) {
        case .answered(let entries, let askedAt):
            let byKey = Dictionary(grouping: entries, by: \.key)
            client.sendAnswered(mentioned: messages.count { byKey[$0.key] != nil })
            singly = []
            for message in messages {
                // Absence is no evidence.
                guard let entries = byKey[message.key] else {
                    singly.append(message)
                    continue
                }
                let judgement = inquiry.judge(message, entries, askedAt: askedAt)
                switch unverified.advice(message, judgement) {
                case .believe: committer.add(Decision(message, judgement))
                case .askSingly: singly.append(message)
                case .wait: break
                }
            }
        case .failed: client.sendFailed()
        case .notAsked: break
        }
        queue.askSingly(singly)
    }

    /// Finds out whether the status of a send may give messages up, and has what was held back for that given up, or
    /// asked about.
    private func verifySends(_ queue: DueQueue) async {
        let check = await inquiry.check(unverified.samples)
        for decision in check.found { committer.add(decision) }
        if case .differ(let key) = check.result { log.write(.incompleteSendStatus(key)) }
        let isBelieved = check.result == .agree
        let held = unverified.end(believing: isBelieved).filter { !check.keys.contains($0.message.key) }
        guard isBelieved else { return queue.askSingly(held.map(\.message)) }
        for sample in held { committer.add(Decision(sample.message, .settle(sample.listed))) }
    }

    // MARK: What was not answered

    /// At the end of a pass. Only a daemon comes back in a minute.
    func putOffTheRest() {
        putOff(failed.takeRejected(hasAnswered: client.hasAnswered))
        guard limits.budget != nil else { return }
        let later = time.now + FailedQuestions.pauseForEndpoint
        let endpoints = failed.endpoints
        let paused = failed.takePaused(hasAnswered: client.hasAnswered)
        if !paused.isEmpty { client.watch(endpoints, for: FailedQuestions.pauseForEndpoint) }
        for message in paused {
            if let kept = message.kept, !message.isTurn {
                committer.putOff(kept, of: message.key, isTried: false)
            } else {
                committer.add(Decision(message, .wait(until: later, message.tracking)))
            }
        }
    }

    private func putOff(_ blamed: [FailedQuestions.Entry]) {
        for entry in blamed {
            if let kept = entry.message.kept, !entry.message.isTurn {
                committer.putOff(kept, of: entry.message.key, isTried: true)
            } else {
                committer.add(Decision(entry.message, inquiry.judge(entry)))
            }
        }
    }
}
