import Engine
import Reconciliation
import Support
import Testing

/// The cycle with a scripted provider, a ledger without a file and virtual time.
@EventLoop
@Suite(.serialized) struct CycleTests {
    private let stage = Stage()

    @Test("every kind of outcome ends where the table of outcomes says")
    func outcomes() async {
        await stage.add(200) { index in
            switch index % 5 {
            case 0: ["10000"]
            case 1: ["64016"]
            case 2: ["64016", "10000"]
            case 3: ["64016", nil]
            default: ["63005"]
            }
        }
        let summary = await stage.cycle()
        #expect(summary?.due == 200)
        #expect(summary?.sent == 80)
        #expect(summary?.deadLetters == [.reported: 40])
        #expect(summary?.stillPending == 80)
        #expect(await stage.ledger.count(.sent) == 80)
        #expect(await stage.ledger.count(.deadLetter) == 40)
        #expect(await stage.ledger.count(.pending) == 80)
        #expect(stage.log.names.last == "cycle.completed")
    }

    @Test("one question about all channels tells a failure from a fallback in flight")
    func channels() async {
        await stage.add(2) { $0 == 0 ? ["64016", nil] : ["64016"] }
        let summary = await stage.cycle()
        #expect(summary?.requests == 2)
        #expect(summary?.stillPending == 1)
        #expect(summary?.deadLetters == [.reported: 1])
        #expect(Set(stage.provider.asked) == [.channels(stage.key(0)), .channels(stage.key(1))])
    }

    @Test("where the channels say nothing at all, the reports are asked for before the message goes stale")
    func bothQuestions() async {
        await stage.add(1) { _ in [] }
        stage.time.advance(by: .seconds(7 * 86_400))
        let summary = await stage.cycle()
        #expect(stage.provider.asked == [.channels(stage.key(0)), .reports(stage.key(0))])
        #expect(summary?.deadLetters == [.stale: 1])
    }

    @Test("a generation without the state of channels believes the report")
    func withoutChannels() async {
        stage.provider.endpoints = [.reportInquiry]
        await stage.add(1) { _ in ["64016", nil] }
        let summary = await stage.cycle()
        #expect(summary?.deadLetters == [.reported: 1])
        #expect(summary?.requests == 1)
    }

    @Test("no confirmation, no failure")
    func confirmationFails() async {
        await stage.add(1) { _ in ["64016"] }
        stage.provider.fault = { question in
            if case .channels = question { QuestionFailure(.unreachable, "HTTP 503") } else { nil }
        }
        let summary = await stage.cycle()
        #expect(summary?.stillPending == 1)
        #expect(await stage.ledger.count(.deadLetter) == 0)
    }

    @Test("a webhook that won the race is counted, and delivered still turns its dead letter into SENT")
    func race() async {
        await stage.add(3) { index in [index == 0 ? "64016" : "10000"] }
        let keys = [stage.key(0), stage.key(1), stage.key(2)]
        await stage.ledger.beforeCommit { rows in
            guard rows.values.allSatisfy({ $0.status == .pending }) else { return }
            rows[keys[0]]?.status = .sent
            rows[keys[1]]?.status = .deadLetter
            rows[keys[2]]?.status = .sent
        }
        let summary = await stage.cycle()
        #expect(summary?.settledElsewhere == 2)
        #expect(summary?.late == 1)
        #expect(summary?.stillPending == 0)
        #expect(await stage.ledger.count(.sent) == 3)
    }

    @Test(
        "while the provider fails nothing goes stale, however late it is; afterwards it does",
        arguments: [
            QuestionFailure.Kind.unreachable, .refused, .nonsense, .rejected, .rateLimited(retryAfter: nil),
            .rateLimited(retryAfter: .seconds(1)),
        ])
    func outage(kind: QuestionFailure.Kind) async {
        await stage.add(50) { _ in [] }
        stage.time.advance(by: .seconds(7 * 86_400))
        stage.provider.fault = { _ in QuestionFailure(kind, "scripted") }
        let during = await stage.cycle()
        #expect(during?.provider == ProviderState(after: kind))
        #expect(during?.due == 50)
        #expect(during?.stillPending == 50)
        #expect(during.map { $0.requests <= 20 } == true)
        #expect(await stage.ledger.count(.pending) == 50)
        #expect(await stage.firing() == [kind == .refused ? .providerRefused : .providerUnreachable])

        stage.provider.fault = nil
        stage.time.advance(by: .seconds(700))
        let after = await stage.cycle()
        #expect(after?.provider == .ok)
        #expect(after?.deadLetters == [.stale: 50])
        stage.time.advance(by: .seconds(700))
        _ = await stage.cycle()
        #expect(await stage.firing() == [.staleMessages])
    }

    @Test(
        "a refused account is told with the first report of it, once for each message, whatever the other channels do",
        arguments: [[nil], ["63005"], ["10000"], ["23001"]] as [[String?]])
    func refusedInFlight(others: [String?]) async {
        await stage.add(3) { _ in ["64008", nil] }
        _ = await stage.cycle()
        #expect(await stage.firing() == [.accountRefused])
        for index in 0..<3 { stage.provider.script(stage.key(index), ["64008"] + others) }
        for _ in 0..<200 {
            stage.time.advance(by: .seconds(3600))
            _ = await stage.cycle()
        }
        #expect(await stage.ledger.count(.pending) == 0)
        #expect(await stage.ledger.book.alerts[AlertIdentity(.accountRefused, labels: ["code": "64008"])]?.count == 3)
    }

    @Test("it is told as well where the first answer ends the wait")
    func refusedAndGivenUp() async {
        await stage.add(3, ago: .seconds(100 * 3600)) { _ in ["64008", "63005"] }
        #expect(await stage.cycle()?.deadLetters == [.uncertain: 3])
        #expect(await stage.firing().contains(.accountRefused))
    }

    @Test("what the provider is like is told though the store failed when that was new", arguments: [false, true])
    func lostObservation(isRecovery: Bool) async {
        let stage = Stage(isWatched: true)
        await stage.add(1) { _ in [nil] }
        stage.provider.fault = { _ in QuestionFailure(.unreachable, "HTTP 503") }
        if isRecovery {
            _ = await stage.cycle()
            #expect(await stage.firing() == [.providerUnreachable])
            stage.provider.fault = nil
            stage.time.advance(by: CircuitBreaker.longestPause)
        }
        await stage.ledger.failNextObservation(with: LedgerError(.busy, "locked"))
        _ = await stage.outcome()
        stage.time.advance(by: .seconds(60))
        _ = await stage.cycle()
        let alert = await stage.ledger.book.alerts[AlertIdentity(.providerUnreachable)]
        #expect(alert?.isFiring == true)
        #expect((alert?.overSince != nil) == isRecovery)
    }

    @Test("one failing message is put off and keeps nobody else waiting")
    func poison() async {
        await stage.add(20) { _ in ["10000"] }
        let poison = stage.key(0)
        stage.provider.fault = { $0.key == poison ? QuestionFailure(.nonsense, "unreadable") : nil }
        let first = await stage.cycle()
        #expect(first?.sent == 19)
        #expect(first?.provider == .ok)
        let line = stage.log.events.first { $0.name == "question.unanswered" }
        #expect(line?.level == .warn)
        #expect(line?.fields.contains(LogField("count", .integer(1))) == true)
        #expect(line?.fields.contains(LogField("examples", .string(poison.text))) == true)
        #expect(await stage.ledger.rows[poison]?.tracking?.failures == 1)
        #expect(await stage.cycle()?.due == 0)
    }

    @Test("an endpoint that is dead while the other answers is told, and keeps nobody else from being settled")
    func deadEndpoint() async {
        await stage.add(300) { index in [index % 10 == 0 ? "64016" : "10000"] }
        stage.provider.fault = { question in
            if case .channels = question { QuestionFailure(.unreachable, "HTTP 500") } else { nil }
        }
        let during = await stage.cycle()
        #expect(during?.sent == 270)
        #expect(during?.stillPending == 30)
        #expect(during?.provider == .unavailable)
        #expect(during.map { $0.requests <= 320 } == true)
        #expect(await stage.firing() == [.providerUnreachable])
        #expect(stage.client.health.detail == "message_status: HTTP 500")

        stage.provider.fault = nil
        stage.time.advance(by: CircuitBreaker.longestPause)
        #expect(await stage.cycle()?.deadLetters == [.reported: 30])
        #expect(stage.client.health.state == .ok)
    }

    @Test("messages that cannot be asked about to the end are put off, and keep nobody else from being asked about")
    func deadReports() async {
        let stage = Stage(budget: .seconds(60))
        await stage.add(400, ago: .seconds(100 * 3600)) { _ in [nil] }
        let young = MessageKey("YOUNGS0001")
        stage.provider.script(young, "10000")
        await stage.ledger.add(young, acceptedAt: stage.time.now - .seconds(900))
        stage.provider.fault = { question in
            if case .reports = question { QuestionFailure(.unreachable, "HTTP 503") } else { nil }
        }
        for _ in 0..<3 {
            _ = await stage.cycle()
            stage.time.advance(by: .seconds(1))
        }
        #expect(await stage.ledger.rows[young]?.status == .sent)
        #expect(await stage.ledger.count(.deadLetter) == 0)
    }

    @Test("a single failed question is reported although the breaker did not open")
    func singleFailure() async {
        await stage.add(1) { _ in ["10000"] }
        stage.provider.fault = { _ in QuestionFailure(.refused, "gateway A401") }
        #expect(await stage.cycle()?.provider == .refused)
        #expect(stage.log.names.contains("provider.refused"))
        #expect(!stage.log.names.contains("question.unanswered"))
        #expect(await stage.firing() == [.providerRefused])
    }

    @Test("a cycle during an outage says when the provider is asked again, and is right")
    func retryAt() async throws {
        await stage.add(20) { _ in ["10000"] }
        stage.provider.fault = { _ in QuestionFailure(.unreachable, "HTTP 503") }
        _ = await stage.cycle()
        #expect(await stage.cycle()?.requests == 0)
        #expect(stage.log.names.last == "cycle.failed")
        let field = try #require(stage.log.events.last?.fields.first { $0.key == "retry_at" })
        guard case .string(let text) = field.value, let end = Timestamp(iso8601: text, defaultOffset: 0) else {
            Issue.record("\(field)")
            return
        }
        stage.time.advance(by: end - .milliseconds(1) - stage.time.now)
        #expect(await stage.cycle()?.requests == 0)
        stage.time.advance(by: end - stage.time.now)
        stage.provider.fault = nil
        #expect(await stage.cycle()?.sent == 20)
        #expect(stage.log.names.last == "cycle.completed")
        #expect(stage.log.events.last?.fields.contains { $0.key == "retry_at" } == false)
    }

    @Test("a provider that was failing is asked whether it is back, although nothing is due")
    func probe() async {
        await stage.add(1) { _ in ["10000"] }
        stage.provider.fault = { _ in QuestionFailure(.refused, "gateway A401") }
        _ = await stage.cycle()
        await stage.ledger.beforeCommit(nil)
        stage.provider.fault = { $0.key == .probe ? QuestionFailure(.rejected, "service A311") : nil }
        await stage.remove(stage.key(0))
        stage.time.advance(by: .seconds(60))
        let summary = await stage.cycle()
        #expect(summary?.due == 0)
        #expect(summary?.provider == .ok)
        #expect(await stage.firing() == [])
        #expect(stage.log.names.contains("provider.recovered"))
    }

    @Test("a store that fails ends the cycle and changes nothing")
    func storeFails() async {
        await stage.add(20) { _ in ["10000"] }
        await stage.ledger.fail(with: LedgerError(.full, "no room"))
        guard case .storeFailed(let error, let summary) = await stage.outcome() else {
            Issue.record("completed")
            return
        }
        #expect(error.kind == .full)
        #expect(summary.sent == 0)
        #expect(await stage.ledger.count(.pending) == 20)
        await stage.ledger.fail(with: nil)
        #expect(await stage.cycle()?.sent == 20)
    }

    @Test("messages that seem to be accepted in the future are told once a cycle, with three of their keys")
    func farAhead() async {
        await stage.add(5, ago: .seconds(-2 * 86_400)) { _ in ["10000"] }
        for _ in 0..<2 { #expect(await stage.cycle()?.due == 0) }
        let lines = stage.log.events.filter { $0.name == "message.future_time" }
        #expect(lines.count == 2)
        #expect(
            lines.first?.fields.prefix(2) == [
                LogField("count", .integer(5)),
                LogField("examples", .string((0..<3).map { stage.key($0).text }.joined(separator: ","))),
            ])
        stage.time.advance(by: .seconds(2 * 86_400 + 600))
        #expect(await stage.cycle()?.sent == 5)
        #expect(stage.log.events.count { $0.name == "message.future_time" } == 2)
    }

    @Test("no more than max_in_flight questions at a time")
    func inFlight() async {
        stage.provider.onAsk = { [time = stage.time] in try? await time.sleep(for: .seconds(5)) }
        await stage.add(60) { _ in ["10000"] }
        _ = await stage.cycle()
        #expect(stage.provider.mostInFlight == 4)
    }

    @Test("messages above a hundred are counted, not listed, in the log")
    func manyEvents() async {
        await stage.add(450) { _ in ["10000"] }
        _ = await stage.cycle()
        let lines = stage.log.events.filter { $0.name == "message.sent" }
        #expect(lines.count == 101)
        #expect(lines.last?.fields.first == LogField("count", .integer(350)))
    }

    @Test("a cancelled cycle commits what it knows and leaves the rest due")
    func cancelled() async {
        await stage.add(100) { _ in ["10000"] }
        let task = EventLoop.task { await stage.cycle() }
        stage.provider.fault = { [unowned provider = stage.provider] _ in
            if provider.asked.count >= 10 { task.cancel() }
            return nil
        }
        let summary = await task.value
        let sent = await stage.ledger.count(.sent)
        #expect(summary?.sent == sent)
        #expect((1..<100).contains(sent))
    }

    @Test("a month of asking: patient at first, stale at the deadline, watched daily, late at last")
    func month() async {
        await stage.add(1) { _ in [] }
        let start = stage.time.now
        while stage.time.now < start + .seconds(10 * 86_400) {
            stage.time.advance(by: .seconds(60))
            _ = await stage.cycle()
            if stage.time.now >= start + .seconds(8 * 86_400) { stage.provider.script(stage.key(0), "10000") }
        }
        #expect(await stage.ledger.rows[stage.key(0)]?.status == .sent)
        #expect(await stage.firing() == [])
        // Two questions each time: nothing is known of the message on any channel.
        #expect((30...70).contains(stage.provider.asked.count))
        #expect(stage.log.names.filter { $0.hasPrefix("message.") } == ["message.dead_letter", "message.late_report"])
    }
}

struct PreviewLedgerTests {
    @Test("what a dry run has decided is not handed out again, also when its time to be asked has come meanwhile")
    func decided() async throws {
        let memory = InMemoryLedger()
        let start = Timestamp(seconds: 1_800_000_000)
        await memory.add(MessageKey("KEY1"), acceptedAt: start - .seconds(3600))
        let preview = PreviewLedger(memory)
        let due = try await preview.due(from: DueCursor(), at: start, limit: 10).messages
        let waits = due.map { Decision($0, .wait(until: start + .seconds(5), $0.tracking)) }
        _ = try await preview.commit(waits, at: start + .seconds(10))
        #expect(due.count == 1)
        #expect(try await preview.due(from: DueCursor(), at: start, limit: 10).messages.isEmpty)
    }
}
