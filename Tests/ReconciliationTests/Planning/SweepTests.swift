import Reconciliation
import Testing

@Suite struct SweepTests {
    private static let start = Timestamp(seconds: 1_795_400_000)

    private func sweep(messages: Int = 10_000, alternative: Int = 200, pages: Int = 11, isWhole: Bool = true) -> Sweep {
        Sweep(
            SweepPlan(
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
        var sweep = sweep()
        #expect(sweep.next == .ask(HistoryQuestion(requestTime: Self.start)))
        sweep.arrived(page(7, true))
        #expect(sweep.next == .ask(HistoryQuestion(requestTime: Self.start, cursor: 7)))
        sweep.arrived(page(9, true, requestedAt: [500, 20]))
        sweep.arrived(page(nil, false))
        #expect(sweep.next == .over(.complete))
        #expect(sweep.pages == 3 && sweep.newest == Self.start + .seconds(500))
    }

    @Test(
        "a cursor that does not move, or none, is no end that could be believed",
        arguments: [(Int64?.some(7), true), (nil, true), (nil, nil), (.some(7), nil)] as [(Int64?, Bool?)])
    func broken(cursor: Int64?, hasNext: Bool?) {
        var sweep = sweep()
        sweep.arrived(page(7, true))
        sweep.arrived(page(cursor, hasNext))
        #expect(sweep.next == .over(.broken))
    }

    @Test("where nothing is said of further pages, a cursor that moves leads on until a page is empty")
    func silent() {
        var sweep = sweep()
        sweep.arrived(page(7, nil))
        #expect(sweep.next == .ask(HistoryQuestion(requestTime: Self.start, cursor: 7)))
        sweep.arrived(page(8, nil, requestedAt: []))
        #expect(sweep.next == .over(.broken))
    }

    @Test("ends when all that is due has been mentioned and nothing is open; not while something is")
    func settled() {
        var sweep = sweep(messages: 1500)
        sweep.arrived(page(1, true))
        sweep.workedThrough(pages: 1, mentioned: 1000, open: 3)
        sweep.arrived(page(2, true))
        sweep.workedThrough(pages: 1, mentioned: 500, open: 3)
        #expect(sweep.next != .over(.settled))
        sweep.workedThrough(pages: 0, mentioned: 0, open: 0)
        #expect(sweep.next == .over(.settled))
    }

    @Test("does not end for having seen all of a survey that had not seen all")
    func partialSurvey() {
        var sweep = sweep(messages: 1000, isWhole: false)
        sweep.arrived(page(1, true))
        sweep.workedThrough(pages: 1, mentioned: 1000, open: 0)
        #expect(sweep.next == .ask(HistoryQuestion(requestTime: Self.start, cursor: 1)))
    }

    @Test("pages of others, newest first, are borne with as far as they are expected")
    func newestFirst() {
        var sweep = sweep(messages: 50_000, alternative: 1000, pages: 80)
        for cursor in 1...30 {
            sweep.arrived(page(Int64(cursor), true))
            sweep.workedThrough(pages: 1, mentioned: 0, open: 0)
        }
        #expect(sweep.next == .ask(HistoryQuestion(requestTime: Self.start, cursor: 30)))
        for cursor in 31...400 {
            sweep.arrived(page(Int64(cursor), true))
            sweep.workedThrough(pages: 1, mentioned: 0, open: 0)
        }
        #expect(sweep.next == .over(.fruitless))
        #expect(sweep.pages == 81)
    }

    @Test("a provider without end cannot keep it for ever")
    func endless() {
        var sweep = sweep(messages: 1000, alternative: 20, pages: 2)
        var cursor: Int64 = 0
        while case .ask = sweep.next, cursor < 10_000 {
            cursor += 1
            sweep.arrived(page(cursor, true))
            sweep.workedThrough(pages: 1, mentioned: cursor == 1 ? 900 : 0, open: 1)
        }
        #expect(sweep.next == .over(.fruitless) && cursor < 30)
    }
}
