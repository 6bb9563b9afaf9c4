import Reconciliation
import Testing

@Suite struct ScanPlanTests {
    /// 2026-11-23 00:00 in Korea.
    static let midnight = Timestamp(seconds: 1_795_359_600)

    private func stretch(hour: Int, messages: Int, sends: Int, rowsSince: Int?) -> BacklogEstimate.Stretch {
        BacklogEstimate.Stretch(
            first: Self.midnight + .seconds(Int64(hour) * 3600 + 1800), messages: messages, sends: sends,
            rowsSince: rowsSince)
    }

    @Test("a day of sends is scanned, because a page settles a thousand messages and a question about a send fifty")
    func aDay() throws {
        let survey = BacklogEstimate(
            stretches: (0..<20).map { hour in
                stretch(hour: hour, messages: 5000, sends: 100, rowsSince: 100_000 - hour * 5000)
            })
        let plan = try #require(ScanPlan.best(for: survey, EndpointYield()))
        #expect(plan.from == Self.midnight + .seconds(1800 - 120))
        #expect(plan.messages == 100_000)
        #expect(plan.alternative == 2000)
        #expect((110...111).contains(plan.expectedPages))
    }

    @Test("a hundred scattered among a million are not looked for page by page")
    func scattered() {
        let survey = BacklogEstimate(
            stretches: (0..<20).map { hour in
                stretch(hour: hour, messages: 5, sends: 5, rowsSince: 1_000_000 - hour * 50_000)
            })
        #expect(ScanPlan.best(for: survey, EndpointYield()) == nil)
    }

    @Test("old stragglers do not make the scan of a busy day begin a month earlier")
    func stragglers() throws {
        let survey = BacklogEstimate(stretches: [
            stretch(hour: -700, messages: 3, sends: 3, rowsSince: 3_000_000),
            stretch(hour: 5, messages: 20_000, sends: 400, rowsSince: 21_000),
        ])
        let plan = try #require(ScanPlan.best(for: survey, EndpointYield()))
        #expect(plan.messages == 20_000)
        #expect(plan.expectedPages == 24)
    }

    @Test("what is due and lies days back is asked about by send where too much was sent since")
    func oldBacklog() {
        let survey = BacklogEstimate(stretches: [stretch(hour: 3, messages: 5000, sends: 100, rowsSince: 900_000)])
        #expect(ScanPlan.best(for: survey, EndpointYield()) == nil)
    }

    @Test("where rows cannot be counted, what is due stands for what was sent: the scan itself is bounded")
    func uncountable() throws {
        let survey = BacklogEstimate(stretches: [stretch(hour: 3, messages: 5000, sends: 100, rowsSince: nil)])
        #expect(try #require(ScanPlan.best(for: survey, EndpointYield())).expectedPages == 6)
    }

    @Test("never begins on the day before: requestTime may mean a day")
    func midnight() throws {
        let survey = BacklogEstimate(stretches: [
            BacklogEstimate.Stretch(
                first: Self.midnight + .seconds(30), messages: 5000, sends: 100, rowsSince: 5000)
        ])
        #expect(try #require(ScanPlan.best(for: survey, EndpointYield())).from == Self.midnight)
    }

    @Test("what has been scanned is not scanned again")
    func after() throws {
        let survey = BacklogEstimate(stretches: [
            stretch(hour: 1, messages: 5000, sends: 100, rowsSince: 10_000),
            stretch(hour: 30, messages: 5000, sends: 100, rowsSince: 5000),
        ])
        let scannedUntil = Self.midnight + .seconds(24 * 3600)
        let plan = try #require(ScanPlan.best(for: survey, after: scannedUntil, EndpointYield()))
        #expect(plan.from > scannedUntil)
        #expect(plan.messages == 5000)
        #expect(ScanPlan.best(for: survey, after: scannedUntil + .seconds(48 * 3600), EndpointYield()) == nil)
    }

    @Test("a history that turned out long is not taken for a short one again")
    func experience() {
        let survey = BacklogEstimate(stretches: [stretch(hour: 3, messages: 100, sends: 100, rowsSince: 100)])
        var experience = EndpointYield()
        guard let plan = ScanPlan.best(for: survey, experience) else { Issue.record("no plan"); return }
        var scan = HistoryScan(plan)
        var pages: Int64 = 0
        while case .ask = scan.next {
            pages += 1
            scan.arrived(HistoryPage(entries: [], cursor: pages, hasNext: true))
            scan.workedThrough(pages: 1, mentioned: 0, open: 0)
        }
        #expect(scan.next == .over(.fruitless))
        #expect(scan.pages <= 12, "a tenth of what it costs to ask one by one")
        experience.learn(from: scan, .fruitless, at: .zero)
        #expect(!experience.mayAskHistory(at: .seconds(60)))
        #expect(experience.mayAskHistory(at: EndpointYield.pause))
        #expect(ScanPlan.best(for: survey, experience) == nil)
    }
}

@Suite struct HistoryScanTests {
    private static let start = Timestamp(seconds: 1_795_400_000)

    private func scan(messages: Int = 10_000, alternative: Int = 200, pages: Int = 11, isWhole: Bool = true)
        -> HistoryScan
    {
        HistoryScan(
            ScanPlan(
                from: Self.start, messages: messages, alternative: alternative, expectedPages: pages, isWhole: isWhole))
    }

    private func page(_ cursor: Int64?, _ hasNext: Bool?, requestedAt: [Int64] = [10]) -> HistoryPage {
        HistoryPage(
            entries: requestedAt.map {
                ReportEntry(key: MessageKey("K\($0)"), requestedAt: Self.start + .seconds($0))
            }, cursor: cursor, hasNext: hasNext)
    }

    @Test("asks for the next page from where the last one ended, until the provider says that there is none")
    func toTheEnd() {
        var scan = scan()
        #expect(scan.next == .ask(HistoryQuestion(requestTime: Self.start)))
        scan.arrived(page(7, true))
        #expect(scan.next == .ask(HistoryQuestion(requestTime: Self.start, cursor: 7)))
        scan.arrived(page(9, true, requestedAt: [500, 20]))
        scan.arrived(page(nil, false))
        #expect(scan.next == .over(.complete))
        #expect(scan.pages == 3)
        #expect(scan.newest == Self.start + .seconds(500))
    }

    @Test(
        "a cursor that does not move, or none, is no end that could be believed",
        arguments: [(Int64?.some(7), true), (nil, true), (nil, nil), (.some(7), nil)] as [(Int64?, Bool?)])
    func broken(cursor: Int64?, hasNext: Bool?) {
        var scan = scan()
        scan.arrived(page(7, true))
        scan.arrived(page(cursor, hasNext))
        #expect(scan.next == .over(.broken))
    }

    @Test("where nothing is said of further pages, a cursor that moves leads on until a page is empty")
    func silent() {
        var scan = scan()
        scan.arrived(page(7, nil))
        #expect(scan.next == .ask(HistoryQuestion(requestTime: Self.start, cursor: 7)))
        scan.arrived(page(8, nil, requestedAt: []))
        #expect(scan.next == .over(.broken))
    }

    @Test("ends when all that is due has been mentioned and nothing is open; not while something is")
    func settled() {
        var scan = scan(messages: 1500)
        scan.arrived(page(1, true))
        scan.workedThrough(pages: 1, mentioned: 1000, open: 3)
        scan.arrived(page(2, true))
        scan.workedThrough(pages: 1, mentioned: 500, open: 3)
        #expect(scan.next != .over(.settled))
        scan.workedThrough(pages: 0, mentioned: 0, open: 0)
        #expect(scan.next == .over(.settled))
    }

    @Test("does not end for having seen all of a survey that had not seen all")
    func partialSurvey() {
        var scan = scan(messages: 1000, isWhole: false)
        scan.arrived(page(1, true))
        scan.workedThrough(pages: 1, mentioned: 1000, open: 0)
        #expect(scan.next == .ask(HistoryQuestion(requestTime: Self.start, cursor: 1)))
    }

    @Test("pages of others, newest first, are borne with as far as they are expected")
    func newestFirst() {
        var scan = scan(messages: 50_000, alternative: 1000, pages: 80)
        for cursor in 1...30 {
            scan.arrived(page(Int64(cursor), true))
            scan.workedThrough(pages: 1, mentioned: 0, open: 0)
        }
        #expect(scan.next == .ask(HistoryQuestion(requestTime: Self.start, cursor: 30)))
        for cursor in 31...400 {
            scan.arrived(page(Int64(cursor), true))
            scan.workedThrough(pages: 1, mentioned: 0, open: 0)
        }
        #expect(scan.next == .over(.fruitless))
        #expect(scan.pages == 81)
    }

    @Test("a provider without end cannot keep it for ever")
    func endless() {
        var scan = scan(messages: 1000, alternative: 20, pages: 2)
        var cursor: Int64 = 0
        while case .ask = scan.next, cursor < 10_000 {
            cursor += 1
            scan.arrived(page(cursor, true))
            scan.workedThrough(pages: 1, mentioned: cursor == 1 ? 900 : 0, open: 1)
        }
        #expect(scan.next == .over(.fruitless))
        #expect(cursor < 30)
    }
}

/// What the end of a scan may settle.
@Suite struct ScanEndTests {
    /// Accepted at that time of a day in Korea.
    private func message(_ time: String) -> DueMessage {
        DueMessage(
            key: MessageKey("K"), row: RowLocator(1), status: .pending,
            acceptedAt: Timestamp(iso8601: "2026-11-23T\(time)+09:00", defaultOffset: 0), tracking: Tracking())
    }

    private let wait = Judgement.wait(until: nil, Tracking())
    private var settlement: Judgement {
        .settle(
            Settlement(
                key: MessageKey("K"), row: RowLocator(1), from: .pending, to: .deadLetter, reason: .reported))
    }

    @Test("a settlement only where the provider listed all there is, and was right about it")
    func whole() {
        let noon = message("12:00:00")
        #expect(ScanEnd(.complete, isAsListed: true).allows(settlement, of: noon))
        #expect(!ScanEnd(.complete, isAsListed: false).allows(settlement, of: noon))
        for ending in [HistoryScan.Ending.settled, .fruitless, .broken] {
            #expect(!ScanEnd(ending, isAsListed: true).allows(settlement, of: noon))
        }
    }

    @Test("to wait is always allowed")
    func waiting() {
        #expect(ScanEnd(.broken, isAsListed: false).allows(wait, of: message("23:59:00")))
    }

    @Test(
        "not a message of the last five minutes of a day in Korea, nor one whose time is not known",
        arguments: [
            ("00:00:00", true), ("08:59:59", true), ("23:54:59", true), ("23:55:00", false), ("23:59:59", false),
        ])
    func edge(time: String, isAllowed: Bool) {
        #expect(ScanEnd(.complete, isAsListed: true).allows(settlement, of: message(time)) == isAllowed)
        var untimed = message(time)
        untimed.acceptedAt = nil
        #expect(!ScanEnd(.complete, isAsListed: true).allows(settlement, of: untimed))
    }
}
