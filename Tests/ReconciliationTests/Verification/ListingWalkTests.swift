import Reconciliation
import Testing

@Suite struct ListingWalkTests {
    private static let begin = Timestamp(seconds: 1_800_000_000)
    private static let span = begin..<begin + .seconds(86_400)

    /// A page with messages sent so many seconds after the beginning of the span.
    private func page(_ seconds: [Int64?], next cursor: Int64? = nil, hasNext: Bool? = nil) -> HistoryPage {
        HistoryPage(
            entries: seconds.enumerated().map { index, second in
                ReportEntry(
                    key: MessageKey("K\(index)"), code: .delivered,
                    requestedAt: second.map { Self.begin + .seconds($0) })
            }, cursor: cursor, hasNext: hasNext)
    }

    private let day: Int64 = 86_400

    @Test("begins with the beginning of the span")
    func beginning() {
        #expect(ListingWalk(Self.span).next == HistoryQuestion(requestTime: Self.begin))
    }

    @Test("takes what is of the span, and what does not say when it was sent")
    func inside() {
        var walk = ListingWalk(Self.span)
        let entries = walk.arrived(page([-1, 0, day - 1, day, nil]))
        #expect(entries.map(\.key.text) == ["K1", "K2", "K4"])
    }

    @Test("ends where the provider says so, or gives no way on")
    func end() {
        for (cursor, hasNext) in [(Int64?.none, Bool?.none), (nil, true), (7, false), (nil, false)] {
            var walk = ListingWalk(Self.span)
            _ = walk.arrived(page([1], next: cursor, hasNext: hasNext))
            #expect(walk.next == nil)
            #expect(walk.pages == 1)
        }
    }

    @Test("goes on where the provider says nothing of further pages, as long as there is something on them")
    func nothingSaid() {
        var walk = ListingWalk(Self.span)
        _ = walk.arrived(page([1], next: 5))
        #expect(walk.next == HistoryQuestion(requestTime: Self.begin, cursor: 5))
        _ = walk.arrived(page([], next: 6))
        #expect(walk.next == nil)
    }

    @Test("a cursor that does not move ends it")
    func cursorStandsStill() {
        var walk = ListingWalk(Self.span)
        _ = walk.arrived(page([1], next: 5, hasNext: true))
        _ = walk.arrived(page([2], next: 5, hasNext: true))
        #expect(walk.next == nil)
        #expect(walk.arrived(page([3], next: 6, hasNext: true)).isEmpty)
        #expect(walk.pages == 2)
    }

    @Test("oldest first: it ends some pages after the span", arguments: [Int64(1), 40])
    func ascending(_ pages: Int64) {
        var walk = ListingWalk(Self.span)
        var cursor: Int64 = 0
        while walk.next != nil {
            cursor += 1
            _ = walk.arrived(page([cursor <= pages ? 1 : day + cursor], next: cursor, hasNext: true))
        }
        #expect(cursor == pages + 3)
    }

    @Test("newest first: what comes before the span on its way is gone through")
    func descending() {
        var walk = ListingWalk(Self.span)
        var cursor: Int64 = 0
        var found = 0
        while walk.next != nil {
            cursor += 1
            let second = cursor <= 50 ? day + 1 : cursor <= 52 ? 1 : -1
            found += walk.arrived(page([second], next: cursor, hasNext: true)).count
        }
        #expect(found == 2)
        #expect(cursor == 55)
    }

    @Test("in no order: a page without anything of the span is no end yet")
    func shuffled() {
        var walk = ListingWalk(Self.span)
        var found = 0
        for cursor in Int64(1)...30 {
            let second = cursor % 3 == 0 ? 1 : day + 1
            found += walk.arrived(page([second], next: cursor, hasNext: true)).count
        }
        #expect(found == 10)
        #expect(walk.next != nil)
    }

    @Test("is never without an end")
    func bounded() {
        var walk = ListingWalk(Self.span)
        var cursor: Int64 = 0
        while walk.next != nil, cursor < 100_000 {
            cursor += 1
            _ = walk.arrived(page([cursor % 2 == 0 ? nil : day + 1], next: cursor % 4, hasNext: true))
        }
        #expect(cursor == 20_000)
    }
}
