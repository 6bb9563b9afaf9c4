internal import Reconciliation

/// Asks about messages, several at a time, and has what is decided about them committed.
@Loop
final class Asker {
    private let tools: Reconciler.Tools
    private let limits: Reconciler.Limits
    private let memory: PassMemory
    private let account: PassAccount
    private let committer: Committer
    private let examiner: Examiner
    private let sampler: Sampler
    private let judge: Judge
    private var unanswered = Unanswered()
    private var doubts = SendDoubts()

    init(
        _ tools: Reconciler.Tools, _ limits: Reconciler.Limits, _ memory: PassMemory, account: PassAccount,
        committer: Committer, examiner: Examiner, sampler: Sampler, judge: Judge
    ) {
        self.tools = tools
        self.limits = limits
        self.memory = memory
        self.account = account
        self.committer = committer
        self.examiner = examiner
        self.sampler = sampler
        self.judge = judge
    }

    /// Whether another question is to be begun.
    func mayGoOn() -> Bool {
        guard !Task.isCancelled, committer.error == nil, examiner.isOpen else { return false }
        guard let budget = limits.budget, account.elapsed >= budget else { return true }
        account.cutShort()
        return false
    }

    /// Asks about all that is read.
    /// - Parameter read: the next messages; none at the end.
    func ask(about read: @escaping @Loop () async throws(LedgerError) -> [DueMessage]) async throws(LedgerError) {
        let queue = AskQueue { [unowned self] in
            tools.gate.endpoints.contains(.requestStatus) && tools.gate.isOpen(.requestStatus)
                && memory.experience.mayAskSends(at: tools.time.uptime)
        } onWindow: { [unowned self] asks in
            tools.log.write(.planned(asks))
            for ask in asks { for message in ask.messages { account.begun(message) } }
        } read: { () throws(LedgerError) in
            try await read()
        }
        try await work(off: queue)
        guard !doubts.isEmpty else { return }
        await endDoubts(queue)
        try await work(off: queue)
    }

    private func work(off queue: AskQueue) async throws(LedgerError) {
        let error = await withTaskGroup(of: Void.self) { group -> LedgerError? in
            var inFlight = 0
            do throws(LedgerError) {
                while true {
                    if inFlight == limits.maxInFlight {
                        await group.next()
                        inFlight -= 1
                    }
                    guard let ask = try await queue.next() else {
                        // Answers on their way can bring more.
                        guard inFlight > 0 else { return nil }
                        await group.next()
                        inFlight -= 1
                        continue
                    }
                    guard mayGoOn() else {
                        if !examiner.isOpen { account.isShutOut() }
                        guard limits.budget == nil, committer.error == nil, !Task.isCancelled else { return nil }
                        continue  // only counting what is due
                    }
                    if committer.isFull { await committer.flush() }
                    if doubts.isFull { await endDoubts(queue) }
                    group.addTask(executorPreference: Loop.taskExecutor) { await self.put(ask, andMoreOf: queue) }
                    inFlight += 1
                }
            } catch {
                return error
            }
        }
        if let error { throw error }
    }

    /// Goes on with what is at hand as long as nothing speaks against it: a task a message would cost a tenth of all.
    private func put(_ first: Ask, andMoreOf queue: AskQueue) async {
        var next: Ask? = first
        while let ask = next {
            switch ask {
            case .message(let message): await examine(message)
            // What it leaves to be asked singly is for several to take.
            case .send(let id, let messages): return await examine(messages, of: id, queue)
            }
            next = committer.isFull || !mayGoOn() ? nil : queue.atHand()
        }
    }

    private func examine(_ messages: [DueMessage], of id: RequestID, _ queue: AskQueue) async {
        var singly = messages
        switch await tools.gate.ask(.request(id)) {
        case .answered(let entries, let askedAt):
            let byKey = Dictionary(grouping: entries, by: \.key)
            memory.experience.sendAnswered(
                mentioned: messages.count { byKey[$0.key] != nil }, at: tools.time.uptime)
            singly = []
            for message in messages {
                // Absence is no evidence.
                guard let entries = byKey[message.key] else {
                    singly.append(message)
                    continue
                }
                let judgement = judge.judge(message, entries, askedAt)
                switch doubts.advice(message, judgement) {
                case .believe: committer.add(Decision(message, judgement))
                case .askSingly: singly.append(message)
                case .wait: break
                }
            }
        case .failed:
            memory.experience.sendFailed(at: tools.time.uptime)
        case .notAsked:
            break
        }
        queue.askSingly(singly)
    }

    /// Finds out whether the status of a send may give messages up, and has what was held back for that given up, or
    /// asked about.
    private func endDoubts(_ queue: AskQueue) async {
        var known: Set<MessageKey> = []
        let finding = await sampler.look(at: doubts.samples) { message, judgement in
            known.insert(message.key)
            committer.add(Decision(message, judgement))
        }
        if case .differ(let key) = finding { tools.log.write(.incompleteSendStatus(key)) }
        guard case .agree = finding else {
            return queue.askSingly(doubts.end(believing: false).map(\.message).filter { !known.contains($0.key) })
        }
        for sample in doubts.end(believing: true) where !known.contains(sample.message.key) {
            committer.add(Decision(sample.message, .settle(sample.listed)))
        }
    }

    private func examine(_ message: DueMessage) async {
        switch await examiner.examine(message, givesUp: { judge.givesUp(message, $0, $1) }) {
        case .answered(let entries, let askedAt):
            decide(message, entries, askedAt)
            putOffBlamed()
        case .open(let entries, let askedAt, let failure):
            let judgement = judge.judge(message, entries, askedAt)
            // Nor is a failure that came by itself confirmed by silence.
            guard !judgement.isSettlement, message.kept == nil else {
                return failed(message, failure, .messageStatus)
            }
            committer.add(Decision(message, judgement))
            putOffBlamed()
        case .failed(let failure, let endpoint):
            failed(message, failure, endpoint)
        case .notAsked:
            account.isShutOut()
        }
    }

    private func decide(_ message: DueMessage, _ entries: [ReportEntry], _ askedAt: Timestamp) {
        committer.add(Decision(message, judge.judge(message, entries, askedAt)))
    }

    // MARK: What was not answered

    private func failed(_ message: DueMessage, _ failure: QuestionFailure, _ endpoint: Endpoint) {
        tools.log.write(failure.event(about: message.key))
        account.unanswered(message, failure)
        unanswered.add(message, failure.kind, endpoint)
    }

    private func putOffBlamed() {
        guard !unanswered.isEmpty else { return }
        putOff(unanswered.takeBlamed { tools.gate.lastFailure(of: $0) == nil })
    }

    /// At the end of a pass. Only a daemon comes back in a minute.
    func putOffTheRest() {
        let gate = tools.gate
        putOff(unanswered.takeRejected(hasAnswered: gate.hasAnswered))
        guard limits.budget != nil else { return }
        let later = tools.time.now + Unanswered.pauseForEndpoint
        let endpoints = unanswered.endpoints
        let paused = unanswered.takePaused(hasAnswered: gate.hasAnswered)
        if !paused.isEmpty { gate.watch(endpoints, for: Unanswered.pauseForEndpoint) }
        for message in paused {
            if let kept = message.kept, !message.isTurn {
                committer.putOff(kept, of: message.key, isTried: false)
            } else {
                committer.add(Decision(message, .wait(until: later, message.tracking)))
            }
        }
    }

    private func putOff(_ blamed: [Unanswered.Entry]) {
        for entry in blamed {
            if let kept = entry.message.kept, !entry.message.isTurn {
                committer.putOff(kept, of: entry.message.key, isTried: true)
            } else {
                committer.add(Decision(entry.message, judge.judge(entry)))
            }
        }
    }
}
