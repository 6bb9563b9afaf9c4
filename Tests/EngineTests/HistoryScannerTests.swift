import Engine
import Reconciliation
import Support
import Testing

/// Cycles that scan through the history: what is decided on a page, what at the end, and what never.
@EventLoop
@Suite(.serialized) struct HistoryScannerTests {
    private let stage = Stage()

    init() {
        stage.provider.endpoints = [.reportInquiry, .messageStatus, .requestStatus, .history]
    }

    /// Forty sends of ten messages, of an hour ago; the rows of the history are cut into pages of a hundred.
    private func add(
        missing: (Int) -> Bool = { _ in false }, order: ([ReportEntry]) -> [ReportEntry] = { $0 },
        channels: @escaping (Int) -> [String?]
    ) async {
        await stage.add(400, channels: channels)
        let rows = (0..<400).filter { !missing($0) }.flatMap { index in
            (stage.provider.channels[stage.key(index)] ?? []).map { entry in
                var entry = entry
                entry.requestedAt = stage.time.now - .seconds(900)
                return entry
            }
        }
        let ordered = order(rows)
        stage.provider.pages = stride(from: 0, to: ordered.count, by: 100).map { start in
            Array(ordered[start..<min(start + 100, ordered.count)])
        }
    }

    private var questions: [Question] { stage.provider.asked }

    @Test("a scan takes the place of hundreds of questions")
    func cheap() async {
        await add { [$0 % 4 == 0 ? "64016" : "10000"] }
        let summary = await stage.cycle()
        #expect(summary?.due == 400)
        #expect(summary?.sent == 300)
        #expect(summary?.deadLetters == [.reported: 100])
        #expect(stage.provider.pagesAsked.count == 4)
        #expect(questions.count <= 12, "the vanguard, and a look at a few of the failures")
        #expect(await stage.ledger.count(.pending) == 0)
        #expect(stage.log.names.contains("cycle.planned"))
        #expect(stage.log.names.contains("cycle.swept"))
    }

    @Test("a failure on one page and another channel on another are judged together, in any order of pages")
    func acrossPages() async {
        // All first channels, then all second ones: those of one message are pages apart.
        for isReversed in [false, true] {
            let stage = Stage()
            stage.provider.endpoints = [.reportInquiry, .messageStatus, .requestStatus, .history]
            await stage.add(400) { index in
                switch index % 3 {
                case 0: ["64016", nil]
                case 1: ["64016", "10000"]
                default: ["64016", "23001"]
                }
            }
            let entries = (0..<400).map { stage.provider.channels[stage.key($0)] ?? [] }
            var rows = entries.compactMap(\.first) + entries.compactMap { $0.count > 1 ? $0[1] : nil }
            if isReversed { rows.reverse() }
            stage.provider.pages = stride(from: 0, to: rows.count, by: 100).map { Array(rows[$0..<$0 + 100]) }
            let summary = await stage.cycle()
            #expect(summary?.sent == 133)
            #expect(summary?.deadLetters == [.reported: 133])
            #expect(summary?.stillPending == 134)
            #expect(stage.provider.pagesAsked.count == 8)
        }
    }

    @Test("what the scan did not mention is asked about, and none of it goes stale unasked")
    func missing() async {
        await add(missing: { $0 % 4 == 1 }) { [$0 % 8 == 0 ? nil : "10000"] }
        stage.time.advance(by: .seconds(5 * 86_400))
        let summary = await stage.cycle()
        #expect(summary?.sent == 350)
        #expect(summary?.deadLetters == [.stale: 50])
        // Those that were missing and are in flight, or not, were asked about by send.
        #expect(questions.contains { if case .request = $0 { true } else { false } })
    }

    @Test("without the provider's word that the listing ended, a failure is confirmed and nothing goes stale by it")
    func brokenOff() async {
        await add { [$0 % 2 == 0 ? "64016" : "10000"] }
        stage.provider.historyFault = { $0.cursor == 2 ? QuestionFailure(.unreachable, "HTTP 503") : nil }
        let summary = await stage.cycle()
        #expect(summary?.provider == .ok, "a shortcut that fails is no failure of the provider's")
        #expect(summary?.sent == 200)
        #expect(summary?.deadLetters == [.reported: 200])
        #expect(questions.count { if case .request = $0 { true } else { false } } <= 42, "each send once")
        #expect(stage.log.names.contains("cycle.history_unavailable"))
    }

    @Test("a provider that has no history costs one question more, and not again for a while")
    func noHistory() async {
        await add { _ in ["10000"] }
        stage.provider.historyFault = { _ in QuestionFailure(.refused, "HTTP 404") }
        #expect(await stage.cycle()?.sent == 400)
        #expect(stage.provider.pagesAsked.count == 1)
        await add { _ in [nil] }
        _ = await stage.cycle()
        #expect(stage.provider.pagesAsked.count == 1)
    }

    @Test("neither history nor sends: everything is asked about one by one")
    func oneByOne() async {
        await add { [$0 % 2 == 0 ? "64016" : "10000"] }
        stage.provider.historyFault = { _ in QuestionFailure(.rejected, "service A311") }
        stage.provider.fault = { question in
            if case .request = question { QuestionFailure(.rejected, "service A311") } else { nil }
        }
        let summary = await stage.cycle()
        #expect(summary?.sent == 200)
        #expect(summary?.deadLetters == [.reported: 200])
        #expect(summary?.provider == .ok)
        #expect(questions.count { if case .request = $0 { true } else { false } } <= 4)
    }

    @Test("what the only send does not mention is asked about several at a time")
    func unmentioned() async {
        stage.provider.endpoints = [.reportInquiry, .messageStatus, .requestStatus]
        await stage.add(10) { _ in [nil] }
        stage.provider.channels = [:]
        let summary = await stage.cycle()
        #expect(summary?.stillPending == 10)
        #expect(summary?.requests == 21)
        #expect(stage.provider.mostInFlight > 1)
    }

    @Test(
        "a refusal of the account is told while the scan is under way, and each message counts once",
        arguments: [false, true])
    func refusalAtOnce(isPreview: Bool) async {
        await stage.add(400) { 200..<210 ~= $0 ? ["64008", nil] : ["64016", nil] }
        // All first channels, then the second ones twice: those that were refused are spoken of again and again.
        let entries = (0..<400).map { stage.provider.channels[stage.key($0)] ?? [] }
        let first = entries.map { $0[0] }
        let rows = first + first + entries.map { $0[1] }
        stage.provider.pages = stride(from: 0, to: rows.count, by: 100).map { Array(rows[$0..<$0 + 100]) }
        let limited = stage.another(budget: .seconds(1), over: isPreview ? PreviewLedger(stage.ledger) : nil)
        var cycles = 0
        var toldEarly = false
        while cycles < 20, !stage.log.names.contains("cycle.swept") {
            #expect(await stage.cycle(of: limited)?.settledElsewhere == 0)
            cycles += 1
            if !stage.log.names.contains("cycle.swept"), await stage.firing() == [.accountRefused] { toldEarly = true }
        }
        #expect(cycles > 1)
        #expect(cycles < 20)
        #expect(toldEarly == !isPreview)
        let alerts = await stage.ledger.book.firing
        #expect(alerts.map(\.count) == (isPreview ? [] : [10]))
    }

    @Test("a row that a webhook settled during the scan is left alone")
    func race() async {
        await add { _ in ["64016"] }
        let first = stage.key(7)
        await stage.ledger.beforeCommit { rows in rows[first]?.status = .sent }
        let summary = await stage.cycle()
        #expect(await stage.ledger.rows[first]?.status == .sent)
        #expect(summary.map { $0.sent + $0.deadLetterCount + $0.settledElsewhere + $0.stillPending } == summary?.due)
    }

    @Test("an outage in the middle of everything changes no row and ends the scan")
    func outage() async {
        await add { _ in ["10000"] }
        stage.provider.fault = { _ in QuestionFailure(.unreachable, "HTTP 503") }
        stage.provider.historyFault = { _ in QuestionFailure(.unreachable, "HTTP 503") }
        let summary = await stage.cycle()
        #expect(summary?.provider == .unavailable)
        #expect(summary?.due == 400)
        #expect(summary?.stillPending == 400)
        #expect(summary.map { $0.requests <= 20 } == true)
        #expect(stage.provider.pagesAsked.isEmpty, "the vanguard was enough to know")
    }

    @Test("the same rows on every page, for ever, are left after a while")
    func endless() async {
        await add { _ in [nil] }
        let page = stage.provider.pages[0]
        stage.provider.pages = Array(repeating: page, count: 100_000)
        let summary = await stage.cycle()
        #expect(summary?.stillPending == 400)
        #expect(stage.provider.pagesAsked.count < 30, "some may be on their way when it is noticed")
    }

    @Test("a scan that is cut short goes on in the next cycle where it was")
    func cutShort() async {
        await add { [$0 % 2 == 0 ? "64016" : "10000"] }
        let limited = stage.another(budget: .seconds(1))
        var cycles = 0
        while await stage.ledger.count(.pending) > 0, cycles < 20 {
            _ = await stage.cycle(of: limited)
            cycles += 1
        }
        #expect(cycles > 1)
        #expect(cycles < 20)
        #expect(stage.provider.pagesAsked.compactMap(\.cursor) == [1, 2, 3], "no page twice")
        #expect(await stage.ledger.count(.deadLetter) == 200)
    }
}

/// What a listing does not hold is evidence of nothing.
extension HistoryScannerTests {
    @Test("a listing without the fallback channels is found out by a few questions, and settles no failure")
    func withoutFallback() async {
        await stage.add(400) { _ in ["64016", "10000"] }
        let first = (0..<400).compactMap { stage.provider.channels[stage.key($0)]?.first }
        stage.provider.pages = [first]
        let summary = await stage.cycle()
        #expect(summary?.deadLetters.isEmpty == true)
        #expect(summary?.sent == 400)
        #expect(stage.log.names.filter { $0 == "cycle.history_incomplete" }.count == 1)
        #expect(stage.log.names.filter { $0 == "cycle.swept" }.count == 1, "no scan after one that cannot be believed")
    }

    @Test("a listing without reports is found out by a few questions, and gives nothing up")
    func withoutReports() async {
        await stage.add(400, ago: .seconds(100 * 3600)) { _ in ["10000"] }
        stage.provider.pages = [
            (0..<400).map { ReportEntry(key: stage.key($0), serviceType: "ALIMTALK", code: nil, text: nil) }
        ]
        let summary = await stage.cycle()
        #expect(summary?.deadLetters.isEmpty == true)
        #expect(summary?.sent == 400)
    }

    @Test("while message status fails, silent reports are no reason to give up")
    func statusFails() async {
        await stage.add(5, ago: .seconds(100 * 3600)) { _ in [nil] }
        let out = QuestionFailure(.unreachable, "HTTP 500")
        stage.provider.fault = { if case .reports = $0 { nil } else { out } }
        #expect(await stage.cycle()?.deadLetters.isEmpty == true)
        #expect(await stage.ledger.count(.pending) == 5)
        stage.provider.fault = nil
        stage.time.advance(by: .seconds(3600))
        #expect(await stage.cycle()?.deadLetters == [.stale: 5])
    }
}
