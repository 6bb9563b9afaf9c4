import Engine
import Testing

@testable import Operations

@Suite struct RepeatFolderTests {
    private let busy = LogEvent(
        .warn, "store.busy", [LogField("table", .string("t")), LogField("waited_ms", .integer(5))])

    /// `#expect` cannot hold a call that mutates.
    private func expect(
        _ written: [LogEvent], _ expected: [LogEvent], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(written == expected, sourceLocation: sourceLocation)
    }

    private func suppressed(_ count: Int, of event: LogEvent) -> LogEvent {
        LogEvent(
            event.level, "log.suppressed",
            [LogField("count", .integer(count)), LogField("of", .string(event.name)), LogField("table", .string("t"))])
    }

    @Test("the first five pass and the rest are counted at the end of the window")
    func theFirstFivePassAndTheRestAreCountedAtTheEndOfTheWindow() {
        var folder = RepeatFolder()
        var written: [LogEvent] = []
        for second in 0..<20 as Range<Int64> { written += folder.admit(busy, at: second * 1000) }
        #expect(written == Array(repeating: busy, count: 5))
        #expect(folder.deadline == 60_000)
        expect(folder.flush(at: 59_999), [])
        expect(folder.flush(at: 60_000), [suppressed(15, of: busy)])
        #expect(folder.deadline == nil)
        expect(folder.flush(at: 200_000), [])
    }

    @Test("a new window lets events through again after the summary")
    func aNewWindowLetsEventsThroughAgainAfterTheSummary() {
        var folder = RepeatFolder(limit: 1, windowMilliseconds: 1000)
        expect(folder.admit(busy, at: 0), [busy])
        expect(folder.admit(busy, at: 999), [])
        expect(folder.admit(busy, at: 1000), [suppressed(1, of: busy), busy])
        expect(folder.admit(busy, at: 1001), [])
        expect(folder.finish(), [suppressed(1, of: busy)])
        expect(folder.finish(), [])
    }

    @Test("nothing held back needs no summary") func nothingHeldBackNeedsNoSummary() {
        var folder = RepeatFolder()
        for _ in 0..<5 { expect(folder.admit(busy, at: 0), [busy]) }
        #expect(folder.deadline == nil)
        expect(folder.finish(), [])
    }

    @Test("numbers may differ and text may not") func numbersMayDifferAndTextMayNot() {
        var folder = RepeatFolder(limit: 1)
        expect(folder.admit(busy, at: 0), [busy])
        let slower = LogEvent(
            .warn, "store.busy", [LogField("table", .string("t")), LogField("waited_ms", .double(7.5))])
        expect(folder.admit(slower, at: 1), [])
        for other in [
            LogEvent(.error, busy.name, busy.fields), LogEvent(.warn, "store.recovered", busy.fields),
            LogEvent(.warn, busy.name, [LogField("table", .string("u"))]),
            LogEvent(.warn, busy.name, [LogField("tabl", .string("et"))]),
            LogEvent(.warn, busy.name, [LogField("table", .string("t")), LogField("again", .boolean(true))]),
        ] {
            expect(folder.admit(other, at: 2), [other])
        }
    }

    @Test("below warnings the numbers are the news") func belowWarningsTheNumbersAreTheNews() {
        var folder = RepeatFolder(limit: 1)
        let first = LogEvent(.info, "cycle.completed", [LogField("sent", .integer(1))])
        let second = LogEvent(.info, "cycle.completed", [LogField("sent", .integer(2))])
        expect(folder.admit(first, at: 0), [first])
        expect(folder.admit(second, at: 1), [second])
        expect(folder.admit(second, at: 2), [])
    }

    @Test("summaries come in the order of their windows") func summariesComeInTheOrderOfTheirWindows() {
        var folder = RepeatFolder(limit: 1, windowMilliseconds: 100)
        let events = (0..<3).map { LogEvent(.info, "e\($0)", [LogField("table", .string("t"))]) }
        for (offset, event) in events.enumerated() {
            _ = folder.admit(event, at: Int64(offset))
            _ = folder.admit(event, at: Int64(offset))
        }
        #expect(folder.deadline == 100)
        expect(folder.flush(at: 101), [suppressed(1, of: events[0]), suppressed(1, of: events[1])])
        #expect(folder.deadline == 102)
        expect(folder.finish(), [suppressed(1, of: events[2])])
    }

    @Test("many identities are all written and memory stays bounded")
    func manyIdentitiesAreAllWrittenAndMemoryStaysBounded() {
        var folder = RepeatFolder()
        for _ in 0..<6 { _ = folder.admit(busy, at: 0) }
        var written: [LogEvent] = []
        for number in 0..<5000 {
            written += folder.admit(LogEvent(.info, "e", [LogField("msg_key", .string("k\(number)"))]), at: 1)
        }
        #expect(written.filter { $0.name == "e" }.count == 5000)
        #expect(written.filter { $0.name != "e" } == [suppressed(1, of: busy)])
        #expect(folder.identities <= RepeatFolder.mostIdentities)
        expect(folder.finish(), [])
        #expect(folder.identities == 0)
    }

    @Test("a clock that stands still or goes back is harmless") func aClockThatStandsStillOrGoesBackIsHarmless() {
        var folder = RepeatFolder(limit: 1, windowMilliseconds: 10)
        expect(folder.admit(busy, at: 100), [busy])
        expect(folder.admit(busy, at: 50), [])
        expect(folder.flush(at: 60), [])
        expect(folder.flush(at: 110), [suppressed(1, of: busy)])
    }
}
