import Dispatch
import Engine
import Glibc
import Testing

@testable import Operations

@Suite struct LineLogTests {
    private func log(_ descriptor: Int32, level: LogLevel = .info, folder: RepeatFolder = RepeatFolder()) -> LineLog {
        LineLog(
            descriptor: descriptor, formatter: LogFormatter(style: .logfmt, isForJournal: true), minimumLevel: level,
            folder: folder, patience: .milliseconds(20))
    }

    private func event(_ number: Int, _ level: LogLevel = .info) -> LogEvent {
        LogEvent(level, "e\(number)")
    }

    @Test func eventsArriveAsLinesInOrder() {
        let pipe = TestPipe()
        let log = log(pipe.writer)
        for number in 0..<3 { log.log(event(number)) }
        #expect(pipe.drain() == "<6>level=info event=e0\n<6>level=info event=e1\n<6>level=info event=e2\n")
    }

    @Test func theMinimumLevelIsHonouredAndMayChange() {
        let pipe = TestPipe()
        let log = log(pipe.writer, level: .warn)
        log.log(event(0, .info))
        log.log(event(1, .warn))
        log.minimumLevel = .debug
        log.log(event(2, .debug))
        log.formatter = LogFormatter(style: .json, isForJournal: true)
        log.log(event(3, .error))
        #expect(
            pipe.drain()
                == "<4>level=warn event=e1\n<7>level=debug event=e2\n<3>{\"level\":\"error\",\"event\":\"e3\"}\n")
    }

    @Test func repeatsAreFoldedByTheMonotonicTime() {
        let pipe = TestPipe()
        let clock = TestClock()
        let log = LineLog(
            descriptor: pipe.writer, formatter: LogFormatter(style: .logfmt), folder: RepeatFolder(limit: 1),
            now: { clock.time })
        for _ in 0..<4 { log.log(event(0)) }
        #expect(log.deadline == 60_000)
        clock.time.monotonicMilliseconds = 60_000
        clock.time.wallMilliseconds = 1000
        log.flush()
        log.finish()
        #expect(
            pipe.drain()
                == "ts=1970-01-01T00:00:00.000Z level=info event=e0\n"
                + "ts=1970-01-01T00:00:01.000Z level=info event=log.suppressed count=3 of=e0\n")
        #expect(log.deadline == nil)
    }

    @Test(arguments: [true, false])
    func aReaderThatHangsCostsOneWaitAndTheLossIsSaid(isNonBlocking: Bool) {
        let pipe = TestPipe(isNonBlocking: isNonBlocking)
        let log = log(pipe.writer)
        pipe.fill()
        let start = LogTime.now().monotonicMilliseconds
        for number in 0..<100 { log.log(event(number)) }
        let spent = LogTime.now().monotonicMilliseconds - start
        #expect(spent >= 20 && spent < 500, "\(spent) ms")
        #expect(log.lostLines == 100)
        _ = pipe.drain()
        log.log(event(100))
        #expect(
            pipe.drain()
                == "<3>level=error event=log.lost count=100 reason=\"Resource temporarily unavailable\"\n"
                + "<6>level=info event=e100\n")
        #expect(log.lostLines == 0)
    }

    @Test func aReaderThatIsGoneIsNoReasonToDie() {
        let pipe = TestPipe()
        let log = log(pipe.writer)
        pipe.closeReader()
        log.log(event(0))
        log.log(event(1))
        log.finish()
        #expect(log.lostLines == 2)
    }

    @Test func aFullDiskIsNoReasonToDie() {
        let descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let log = log(descriptor)
        log.log(event(0))
        #expect(log.lostLines == 1)
        let closed = self.log(-1)
        closed.log(event(0))
        #expect(closed.lostLines == 1)
    }

    @Test func theLossIsSaidAtTheEndToo() {
        let pipe = TestPipe()
        let log = log(pipe.writer)
        pipe.fill()
        log.log(event(0))
        _ = pipe.drain()
        log.finish()
        #expect(pipe.drain() == "<3>level=error event=log.lost count=1 reason=\"Resource temporarily unavailable\"\n")
    }

    @Test func aLineLongerThanThePipeArrivesWholeAsItIsRead() {
        let pipe = TestPipe(isNonBlocking: true)
        let reader = pipe.reader
        let fields = (0..<500).map { LogField("k\($0)", .string(String(repeating: "x", count: 300))) }
        let expected = LogFormatter(style: .json).line(LogEvent(.info, "big", fields), at: 0).utf8.count
        // A queue of its own: the threads of the pool may all be taken by tests.
        let received = Received()
        let reading = DispatchGroup()
        DispatchQueue(label: "reader").async(group: reading) { received.count = Self.read(expected, from: reader) }
        let log = LineLog(
            descriptor: pipe.writer, formatter: LogFormatter(style: .json), patience: .seconds(10),
            now: { LogTime(wallMilliseconds: 0, monotonicMilliseconds: 0) })
        log.log(LogEvent(.info, "big", fields))
        #expect(log.lostLines == 0)
        reading.wait()
        #expect(received.count == expected)
    }

    /// Reads that many bytes, or as many as come within ten seconds of the one before.
    private static func read(_ expected: Int, from reader: Int32) -> Int {
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 1000)
        while total < expected {
            var waiting = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 10_000) == 1 else { break }
            let count = Glibc.read(reader, &buffer, buffer.count)
            if count <= 0 { break }
            total += count
        }
        return total
    }
}

/// A time that tests set.
private final class TestClock {
    var time = LogTime(wallMilliseconds: 0, monotonicMilliseconds: 0)
}

/// How much a reader got. `@unchecked Sendable`: written on one queue, read after waiting for it.
private final class Received: @unchecked Sendable {
    var count = 0
}
