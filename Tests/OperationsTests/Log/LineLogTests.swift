import Dispatch
import Engine
import Glibc
import Support
import Testing

@testable import Operations

@EventLoop @Suite struct LineLogTests {
    private func log(
        _ descriptor: Int32, level: LogLevel = .info, folder: RepeatFolder = RepeatFolder(),
        patience: Duration = .milliseconds(20)
    ) -> LineLog {
        LineLog(
            to: .descriptor(descriptor), formatter: LogFormatter(style: .logfmt, isForJournal: true),
            minimumLevel: level,
            folder: folder, patience: patience)
    }

    private func event(_ number: Int, _ level: LogLevel = .info) -> LogEvent {
        LogEvent(level, "e\(number)")
    }

    @Test("events arrive as lines in order") func eventsArriveAsLinesInOrder() {
        let pipe = TestPipe()
        let log = log(pipe.writer)
        for number in 0..<3 { log.write(event(number)) }
        #expect(pipe.drain() == "<6>level=info event=e0\n<6>level=info event=e1\n<6>level=info event=e2\n")
    }

    @Test("the level and the format are honoured and may change") func theLevelAndTheFormatAreHonouredAndMayChange() {
        let pipe = TestPipe()
        let log = log(pipe.writer, level: .warn)
        log.write(event(0, .info))
        log.write(event(1, .warn))
        var settings = Settings.Log()
        settings.level = .debug
        log.adopt(settings)
        log.write(event(2, .debug))
        settings.format = .json
        log.adopt(settings)
        log.write(event(3, .error))
        #expect(
            pipe.drain()
                == "<4>level=warn event=e1\n<7>level=debug event=e2\n<3>{\"level\":\"error\",\"event\":\"e3\"}\n")
    }

    @Test("repeats are folded by the monotonic time") func repeatsAreFoldedByTheMonotonicTime() {
        let pipe = TestPipe()
        let clock = TestClock()
        let log = LineLog(
            to: .descriptor(pipe.writer), formatter: LogFormatter(style: .logfmt), folder: RepeatFolder(limit: 1),
            now: { clock.time })
        for _ in 0..<4 { log.write(event(0)) }
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

    @Test("a reader that hangs costs one wait and the loss is said", arguments: [true, false])
    func aReaderThatHangsCostsOneWaitAndTheLossIsSaid(isNonBlocking: Bool) {
        let pipe = TestPipe(isNonBlocking: isNonBlocking)
        let log = log(pipe.writer, patience: .milliseconds(100))
        pipe.fill()
        let start = LogTime.now().monotonicMilliseconds
        for number in 0..<100 { log.write(event(number)) }
        let spent = LogTime.now().monotonicMilliseconds - start
        #expect(spent >= 100)
        // A hundred waits take ten seconds; a busy machine may let it stand still for some.
        #expect(spent < 8_000)
        #expect(log.lostLines == 100)
        _ = pipe.drain()
        log.write(event(100))
        #expect(
            pipe.drain()
                == "<3>level=error event=log.lost count=100 reason=\"Resource temporarily unavailable\"\n"
                + "<6>level=info event=e100\n")
        #expect(log.lostLines == 0)
    }

    @Test("a reader that is gone is no reason to die") func aReaderThatIsGoneIsNoReasonToDie() {
        let pipe = TestPipe()
        let log = log(pipe.writer)
        pipe.closeReader()
        pipe.waitUntilNobodyReads()
        log.write(event(0))
        log.write(event(1))
        log.finish()
        #expect(log.lostLines == 2)
    }

    @Test("a full disk is no reason to die") func aFullDiskIsNoReasonToDie() {
        let descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let log = log(descriptor)
        log.write(event(0))
        #expect(log.lostLines == 1)
        let closed = self.log(-1)
        closed.write(event(0))
        #expect(closed.lostLines == 1)
    }

    @Test("the loss is said at the end too") func theLossIsSaidAtTheEndToo() {
        let pipe = TestPipe()
        let log = log(pipe.writer)
        pipe.fill()
        log.write(event(0))
        _ = pipe.drain()
        log.finish()
        #expect(pipe.drain() == "<3>level=error event=log.lost count=1 reason=\"Resource temporarily unavailable\"\n")
    }

    @Test("a line longer than the pipe arrives whole as it is read")
    func aLineLongerThanThePipeArrivesWholeAsItIsRead() {
        let pipe = TestPipe(isNonBlocking: true)
        let reader = pipe.reader
        let fields = (0..<500).map { LogField("k\($0)", .string(String(repeating: "x", count: 300))) }
        let expected = LogFormatter(style: .json).line(LogEvent(.info, "big", fields), at: 0).utf8.count
        // A queue of its own: the threads of the pool may all be taken by tests.
        let received = Received()
        let reading = DispatchGroup()
        DispatchQueue(label: "reader").async(group: reading) { received.count = Self.read(expected, from: reader) }
        let log = LineLog(
            to: .descriptor(pipe.writer), formatter: LogFormatter(style: .json), patience: .seconds(10),
            now: { LogTime(wallMilliseconds: 0, monotonicMilliseconds: 0) })
        log.write(LogEvent(.info, "big", fields))
        #expect(log.lostLines == 0)
        reading.wait()
        #expect(received.count == expected)
    }

    /// Reads that many bytes, or as many as come within ten seconds of the one before.
    private nonisolated static func read(_ expected: Int, from reader: Int32) -> Int {
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

@Suite struct JournalStreamTests {
    @Test("only the stream that is named is the journal") func onlyTheStreamThatIsNamedIsTheJournal() {
        let (pipe, other) = (TestPipe(), TestPipe())
        var status = stat()
        #expect(fstat(pipe.writer, &status) == 0)
        let environment = ["JOURNAL_STREAM": "\(status.st_dev):\(status.st_ino)"]
        #expect(JournalStream.isConnected(environment: environment, descriptor: pipe.writer))
        #expect(!JournalStream.isConnected(environment: environment, descriptor: other.writer))
        #expect(!JournalStream.isConnected(environment: environment, descriptor: -1))
        #expect(!JournalStream.isConnected(environment: [:], descriptor: pipe.writer))
    }

    @Test("a name that is none is not the journal", arguments: ["", ":", "1", "a:b", "1:2:3", "-1:2", "8:"])
    func aNameThatIsNoneIsNotTheJournal(name: String) {
        let pipe = TestPipe()
        #expect(!JournalStream.isConnected(environment: ["JOURNAL_STREAM": name], descriptor: pipe.writer))
    }
}

/// Both ends of a pipe, closed with it. `SIGPIPE` is ignored from the first on, as the daemon does.
final class TestPipe {
    private(set) var reader: Int32
    let writer: Int32

    init(isNonBlocking: Bool = false) {
        signal(SIGPIPE, SIG_IGN)
        (reader, writer) = Self.makePipe()
        if isNonBlocking { _ = fcntl(writer, F_SETFL, O_NONBLOCK) }
    }

    /// Programs that other tests start at that moment must not have its reader, too. glibc shows `pipe2` to GNU programs only.
    private static func makePipe() -> (reader: Int32, writer: Int32) {
        typealias MakePipe = @convention(c) (UnsafeMutablePointer<Int32>?, Int32) -> Int32
        guard let symbol = dlsym(nil, "pipe2") else { preconditionFailure("no pipe2") }
        let makePipe = unsafeBitCast(symbol, to: MakePipe.self)
        var ends: [Int32] = [0, 0]
        let result = ends.withUnsafeMutableBufferPointer { makePipe($0.baseAddress, O_CLOEXEC) }
        precondition(result == 0)
        return (ends[0], ends[1])
    }

    deinit {
        close(writer)
        closeReader()
    }

    func closeReader() {
        if reader >= 0 { close(reader) }
        reader = -1
    }

    /// A program that another test starts at that moment has a copy of the reader until it is executed.
    func waitUntilNobodyReads() {
        var request = pollfd(fd: writer, events: 0, revents: 0)
        #expect(poll(&request, 1, Int32(patience.components.seconds) * 1000) == 1)
    }

    /// What is in the pipe now.
    func drain() -> String {
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(reader, &buffer, buffer.count)
            if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    /// Fills it to the last byte.
    func fill() {
        let flags = fcntl(writer, F_GETFL)
        _ = fcntl(writer, F_SETFL, flags | O_NONBLOCK)
        while write(writer, "x", 1) == 1 {}
        _ = fcntl(writer, F_SETFL, flags)
    }
}
