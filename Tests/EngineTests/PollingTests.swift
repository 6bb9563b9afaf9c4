import Engine
import Reconciliation
import Support
import Testing

/// Reports fetched by polling, with a scripted provider, a ledger without a file and virtual time.
@EventLoop
@Suite(.serialized) struct PollingTests {
    private let stage = Stage(polls: true)

    private func report(
        _ key: MessageKey, _ code: String?, _ service: String = "ALIMTALK", at seconds: Int64 = 0
    ) -> ReportEntry {
        ReportEntry(
            key: key, serviceType: service, code: code.flatMap { ReportCode($0) }, text: "words",
            reportedAt: stage.time.now + .seconds(seconds))
    }

    /// Messages accepted a moment ago: too young to be asked about.
    private func addYoung(_ count: Int, _ status: RowStatus = .pending) async {
        for index in 0..<count {
            await stage.ledger.add(stage.key(index), acceptedAt: stage.time.now - .seconds(5), status: status)
        }
    }

    private func hand(_ id: String, _ entries: ReportEntry...) {
        stage.provider.batches.append(ReportBatch(id: id, entries: entries))
    }

    private func status(_ index: Int) async -> RowStatus? { await stage.ledger.rows[stage.key(index)]?.status }

    @Test("reports settle rows whatever their age, before anything is asked, and count as due")
    func outcomes() async {
        await addYoung(4)
        for (index, code) in ["10000", "64016", "63005"].enumerated() {
            stage.provider.script(stage.key(index), code)
        }
        hand("A", report(stage.key(0), "10000"), report(stage.key(1), "64016"), report(stage.key(2), "63005"))
        let summary = await stage.cycle()
        #expect(summary?.due == 2)
        #expect(summary?.sent == 1)
        #expect(summary?.deadLetters == [.reported: 1])
        #expect(summary?.stillPending == 0)
        #expect(summary?.settledElsewhere == 0)
        #expect(await [status(0), status(1), status(2), status(3)] == [.sent, .deadLetter, .pending, .pending])
        #expect(await stage.ledger.rows[stage.key(1)]?.message == "[64016] recipient: words")
        #expect(await stage.ledger.rows[stage.key(2)]?.tracking?.lastCode == ReportCode("63005"))
        #expect(await stage.ledger.rows[stage.key(2)]?.tracking?.answers == 0, "a report is no answer to a question")
        #expect(stage.provider.acknowledged == ["A"])
        #expect(await Array(stage.ledger.kept.keys) == [stage.key(2)])
        #expect(
            stage.log.names == [
                "message.sent", "polling.completed", "cycle.planned", "message.dead_letter", "cycle.completed",
            ])
    }

    @Test(
        "a failure beside an uncertain channel is in flight, in one batch or in two, then uncertain",
        arguments: [["64016", "63005"], ["63005", "64016"]], [true, false])
    func uncertain(codes: [String], isOneBatch: Bool) async {
        await stage.add(1, ago: .seconds(80 * 3600)) { _ in [] }
        let reports = zip(codes, ["ALIMTALK", "SMS"]).map { report(stage.key(0), $0, $1) }
        let batches = isOneBatch ? [reports] : reports.map { [$0] }
        for (index, entries) in batches.enumerated() {
            stage.provider.batches.append(ReportBatch(id: "\(index)", entries: entries))
        }
        _ = await stage.cycle()
        for _ in 0..<20 where await status(0) == .pending {
            stage.time.advance(by: .seconds(900))
            _ = await stage.cycle()
        }
        #expect(await stage.ledger.rows[stage.key(0)]?.tracking?.reason == .uncertain)
        stage.time.advance(by: .seconds(6 * 3600))
        _ = await stage.cycle()
        #expect(await stage.ledger.kept.isEmpty)
    }

    @Test("a look at what is still open puts no question off")
    func patientLook() async {
        await addYoung(1)
        hand("A", report(stage.key(0), "63005"))
        _ = await stage.cycle()
        let next = await stage.ledger.rows[stage.key(0)]?.nextAskAt
        stage.time.advance(by: .seconds(300))
        _ = await stage.cycle()
        #expect(await stage.ledger.kept[stage.key(0)]?.tries == 2)
        #expect(next != nil)
        #expect(await stage.ledger.rows[stage.key(0)]?.nextAskAt == next)
    }

    @Test("an acknowledgement that failed but took effect is over when there is nothing more to fetch")
    func tookEffect() async {
        hand("A", report(MessageKey("NOBODYS001"), "10000"))
        stage.provider.acknowledgeFault = QuestionFailure(.unreachable, "HTTP 500")
        for _ in 0..<3 { _ = await stage.cycle() }
        #expect(await stage.cycle()?.provider == .unavailable)
        stage.provider.batches = []
        stage.time.advance(by: .seconds(600))
        #expect(await stage.cycle()?.provider == .ok)
    }

    @Test("batch after batch is fetched until there is none")
    func drained() async {
        await addYoung(30)
        for batch in 0..<3 {
            stage.provider.batches.append(
                ReportBatch(
                    id: "B\(batch)", entries: (0..<10).map { report(stage.key(batch * 10 + $0), "10000") }))
        }
        let summary = await stage.cycle()
        #expect(summary?.sent == 30)
        #expect(summary?.due == 30)
        #expect(summary?.requests == 7)
        #expect(stage.provider.acknowledged == ["B0", "B1", "B2"])
    }

    @Test("a batch is acknowledged only after all of it is committed")
    func committedFirst() async {
        await addYoung(1)
        hand("A", report(stage.key(0), "10000"), report(MessageKey("STRANGER"), "64016"))
        var seen: (RowStatus?, Bool)?
        stage.provider.onAcknowledge = { [unowned stage] in
            let row = await stage.ledger.rows[stage.key(0)]?.status
            seen = (row, await stage.ledger.kept[MessageKey("STRANGER")] != nil)
        }
        _ = await stage.cycle()
        #expect(seen?.0 == .sent)
        #expect(seen?.1 == true)
    }

    @Test("a store that fails leaves the batch unacknowledged")
    func storeFails() async {
        await addYoung(1)
        hand("A", report(stage.key(0), "10000"))
        await stage.ledger.fail(with: LedgerError(.full, "no room"))
        guard case .storeFailed = await stage.outcome() else { Issue.record("completed"); return }
        #expect(stage.provider.acknowledged.isEmpty)
        await stage.ledger.fail(with: nil)
        #expect(await stage.cycle()?.sent == 1)
        #expect(stage.provider.acknowledged == ["A"])
    }

    @Test("a batch whose acknowledgement failed comes again and is applied once")
    func twice() async {
        await addYoung(3)
        stage.provider.script(stage.key(1), "64016")
        hand("A", report(stage.key(0), "10000"), report(stage.key(1), "64016"), report(MessageKey("STRANGER"), "10000"))
        stage.provider.acknowledgeFault = QuestionFailure(.unreachable, "HTTP 503")
        let first = await stage.cycle()
        #expect(first?.sent == 1)
        #expect(first?.deadLetters == [.reported: 1])
        stage.provider.acknowledgeFault = nil
        let commits = await stage.ledger.book
        let second = await stage.cycle()
        #expect(second?.due == 0)
        #expect(second?.sent == 0)
        #expect(second?.deadLetterCount == 0)
        #expect(second?.late == 0)
        #expect(stage.provider.acknowledged == ["A"])
        #expect(await stage.ledger.kept.keys.map(\.text) == ["STRANGER"])
        #expect(await stage.ledger.book.alerts[AlertIdentity(.deadLetters)]?.count == 1)
        #expect(commits.alerts[AlertIdentity(.deadLetters)]?.count == 1)
    }

    @Test("a provider that forgets acknowledgements is not asked for ever")
    func forgetful() async {
        await addYoung(1)
        hand("A", report(stage.key(0), "10000"))
        stage.provider.forgetsAcknowledgements = true
        #expect(await stage.cycle()?.sent == 1)
        #expect(stage.provider.polls == 2)
        #expect(stage.provider.acknowledged == ["A"])
        #expect(stage.log.names.contains("polling.repeated"))
        _ = await stage.cycle()
        #expect(stage.provider.polls == 4)
    }

    @Test("a failure with another channel in flight is no failure, and its report is remembered until the end")
    func fallback() async {
        await addYoung(1)
        stage.provider.script(stage.key(0), "64008", nil)
        hand("A", report(stage.key(0), "64008"))
        #expect(await stage.cycle()?.due == 0)
        #expect(await status(0) == .pending)
        #expect(stage.provider.acknowledged == ["A"])
        #expect(await stage.firing() == [.accountRefused], "although the outcome is open")

        stage.time.advance(by: .seconds(30))
        hand("B", report(stage.key(0), "10000", "SMS"))
        #expect(await stage.cycle()?.sent == 1)
        #expect(await status(0) == .sent)
        #expect(await stage.firing() == [.accountRefused], "a fallback that delivers does not hide the refusal")
        #expect(await stage.ledger.book.firing.map(\.count) == [1])
        #expect(await stage.ledger.kept.isEmpty)
    }

    @Test("both channels failed is a dead letter, told by the later report")
    func bothFailed() async {
        await addYoung(1)
        stage.provider.script(stage.key(0), "64016", nil)
        hand("A", report(stage.key(0), "64016"))
        _ = await stage.cycle()
        stage.provider.script(stage.key(0), "64016", "23001")
        hand("B", report(stage.key(0), "23001", "SMS", at: 10))
        #expect(await stage.cycle()?.deadLetters == [.reported: 1])
        #expect(await stage.ledger.rows[stage.key(0)]?.code == ReportCode("23001"))
    }

    @Test("many failures of one send are confirmed by one question; what the answer leaves out, one by one")
    func grouped() async {
        stage.provider.endpoints = [.reportInquiry, .messageStatus, .requestStatus, .polling, .pollingAck]
        await addYoung(10)
        for index in 0..<9 { stage.provider.script(stage.key(index), "64016") }
        hand("A")
        stage.provider.batches[0].entries = (0..<10).map { report(stage.key($0), "64016") }
        let summary = await stage.cycle()
        #expect(summary?.deadLetters == [.reported: 10])
        #expect(stage.provider.asked == [.request(RequestID("KEY000000")), .channels(stage.key(9))])
    }

    @Test("a failure that cannot be confirmed now is kept, and believed later")
    func unconfirmed() async {
        await addYoung(2)
        for index in 0..<2 { stage.provider.script(stage.key(index), "64016") }
        stage.provider.fault = { question in
            if case .channels = question { QuestionFailure(.unreachable, "HTTP 503") } else { nil }
        }
        hand("A", report(stage.key(0), "64016"), report(stage.key(1), "64016"))
        _ = await stage.cycle()
        #expect(stage.provider.acknowledged == ["A"])
        #expect(await [status(0), status(1)] == [.pending, .pending])
        #expect(await stage.ledger.kept.count == 2)
        stage.provider.fault = nil
        stage.time.advance(by: .seconds(400))
        #expect(await stage.cycle()?.deadLetters == [.reported: 2])
        #expect(await stage.ledger.kept.isEmpty)
    }

    @Test("a generation without the state of channels believes the failure")
    func believed() async {
        stage.provider.endpoints = [.reportInquiry, .polling, .pollingAck]
        await addYoung(1)
        hand("A", report(stage.key(0), "64016"))
        #expect(await stage.cycle()?.deadLetters == [.reported: 1])
        #expect(stage.provider.asked.isEmpty)
    }

    @Test("a report for a message that is not there is kept, and applied when its row appears")
    func unmatched() async {
        for index in 0..<2 { stage.provider.script(stage.key(index), index == 0 ? "10000" : "64016") }
        hand("A", report(stage.key(0), "10000"), report(stage.key(1), "64016"))
        _ = await stage.cycle()
        #expect(stage.provider.acknowledged == ["A"])
        #expect(await stage.ledger.kept.values.map(\.isMatched) == [false, false])
        stage.time.advance(by: .seconds(60))
        #expect(await stage.cycle()?.due == 0)
        await addYoung(2)
        stage.time.advance(by: .seconds(60))
        let summary = await stage.cycle()
        #expect(summary?.sent == 1)
        #expect(summary?.deadLetters == [.reported: 1])
        #expect(await stage.ledger.kept.isEmpty)
    }

    @Test("strangers cost no question, and looks at them become rare")
    func strangers() async {
        hand("S")
        stage.provider.batches[0].entries = (0..<50).map { report(stage.key($0), "64016") }
        for _ in 0..<1440 {
            _ = await stage.cycle()
            stage.time.advance(by: .seconds(60))
        }
        #expect(stage.provider.asked.isEmpty)
        #expect(await stage.ledger.kept.values.allSatisfy { (10...18).contains($0.tries) })
    }

    @Test("dead letters become late reports; final ones and sent ones are left alone")
    func late() async {
        await addYoung(1, .deadLetter)
        await stage.ledger.add(stage.key(1), acceptedAt: stage.time.now - .seconds(20 * 86_400), status: .deadLetter)
        await stage.ledger.add(stage.key(2), acceptedAt: stage.time.now, status: .sent)
        await stage.ledger.add(stage.key(3), acceptedAt: stage.time.now, status: .deadLetter)
        await stage.ledger.add(stage.key(4), acceptedAt: stage.time.now, status: .other)
        hand(
            "A", report(stage.key(0), "10000"), report(stage.key(1), "10000"), report(stage.key(2), "64016"),
            report(stage.key(3), "64016"), report(stage.key(4), "10000"))
        let summary = await stage.cycle()
        #expect(summary?.late == 2)
        #expect(summary?.due == 0)
        #expect(summary?.sent == 0)
        #expect(summary?.deadLetterCount == 0)
        #expect(await [status(0), status(1), status(2), status(3)] == [.sent, .sent, .sent, .deadLetter])
        #expect(await status(4) == .other)
        #expect(await stage.firing() == [.lateReports])
        #expect(stage.provider.asked.isEmpty)
    }

    @Test("a row that somebody else settled meanwhile is counted, not overwritten")
    func race() async {
        await addYoung(1)
        let key = stage.key(0)
        hand("A", report(key, "10000"))
        await stage.ledger.beforeCommit { $0[key]?.status = .sent }
        let summary = await stage.cycle()
        #expect(summary?.due == 1)
        #expect(summary?.settledElsewhere == 1)
        #expect(summary?.sent == 0)
        #expect(summary?.stillPending == 0)
    }

    @Test("a key that may not poll is told at once; inquiry works as usual; it ends when polling works")
    func refused() async {
        await stage.add(20) { _ in ["10000"] }
        stage.provider.pollFault = QuestionFailure(
            .refused, "service A801: key may not use report polling", cause: .polling)
        for _ in 0..<8 {
            let summary = await stage.cycle()
            #expect(summary?.provider == .refused)
            #expect(await stage.firing() == [.providerRefused])
            stage.time.advance(by: .seconds(60))
        }
        #expect(await stage.ledger.count(.sent) == 20)
        #expect(stage.log.names.filter { $0.hasPrefix("provider.") } == ["provider.refused"])
        #expect(stage.client.health.detail == "polling: service A801: key may not use report polling")
        #expect(await stage.ledger.book.firing.map(\.cause) == [.polling])
        stage.provider.pollFault = nil
        stage.time.advance(by: CircuitBreaker.longestPause)
        #expect(await stage.cycle()?.provider == .ok)
        #expect(await stage.firing() == [])
    }

    @Test("a key that only may not poll hides nothing, and a sweep is made as without polling")
    func hidesNothing() async {
        let stage = Stage(polls: true, isWatched: true)
        stage.provider.endpoints = [.reportInquiry, .messageStatus, .history, .polling, .pollingAck]
        stage.provider.pollFault = QuestionFailure(.refused, "service A801", cause: .polling)
        await stage.add(400, ago: .seconds(3 * 3600)) { $0 < 40 ? [nil] : ["10000"] }
        let rows = (0..<400).flatMap { stage.provider.channels[stage.key($0)] ?? [] }
        stage.provider.pages = [rows]
        #expect(await stage.cycle()?.sent == 360)
        #expect(stage.provider.pagesAsked.count == 1)
        #expect(stage.provider.asked.count < 100)
        #expect(await stage.firing().contains(.providerRefused))
        #expect(await stage.firing().contains(.pendingAging))
    }

    @Test("polling takes no more than its share of the cycle, and says that there is more")
    func budget() async {
        let stage = Stage(polls: true, budget: .seconds(60))
        await stage.add(1) { _ in ["10000"] }
        stage.provider.batches = (0..<200).map { batch in
            ReportBatch(id: "L\(batch)", entries: [ReportEntry(key: stage.key(500 + batch), code: ReportCode("10000"))])
        }
        let summary = await stage.cycle()
        #expect(summary?.isCutShort == true)
        #expect(summary?.sent == 1, "what is due is asked about all the same")
        #expect((20...40).contains(stage.provider.acknowledged.count))
        while await stage.cycle()?.isCutShort == true {}
        #expect(stage.provider.acknowledged.count == 200)
        #expect(await stage.ledger.kept.count == 200)
    }
}
