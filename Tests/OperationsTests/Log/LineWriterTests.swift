import Glibc
import Testing

@testable import Operations

@Suite struct LineWriterTests {
    private func expect(
        _ isWritten: Bool, _ writer: inout LineWriter, _ line: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let result = writer.write(line)
        #expect(result == isWritten, sourceLocation: sourceLocation)
    }

    @Test("interruptions and partial writes are continued") func interruptionsAndPartialWritesAreContinued() {
        let system = ScriptedOutput([.failure(EINTR), .success(3), .failure(EAGAIN), .success(1), .success(99)])
        var writer = LineWriter(output: system.output, patienceMilliseconds: 10)
        expect(true, &writer, "hello\n")
        #expect(system.text == "hello\n")
        #expect(writer.lost == 0)
    }

    @Test("one line is one write") func oneLineIsOneWrite() {
        let system = ScriptedOutput([])
        var writer = LineWriter(output: system.output, patienceMilliseconds: 10)
        expect(true, &writer, "hello\n")
        #expect(system.calls == 1)
    }

    @Test("a torn line ends before the next begins") func aTornLineEndsBeforeTheNextBegins() {
        let system = ScriptedOutput([.success(2), .failure(ENOSPC), .failure(ENOSPC), .success(1), .failure(ENOSPC)])
        var writer = LineWriter(output: system.output, patienceMilliseconds: 10)
        expect(false, &writer, "hello\n")
        expect(false, &writer, "again\n")
        expect(false, &writer, "third\n")  // only the line end that ends the torn one gets out
        expect(true, &writer, "world\n")
        #expect(system.text == "he\nworld\n")
        #expect(writer.lost == 3)
        #expect(writer.lastFailure == ENOSPC)
    }

    @Test("interruptions without end are given up") func interruptionsWithoutEndAreGivenUp() {
        let system = ScriptedOutput(Array(repeating: .failure(EINTR), count: 5000))
        var writer = LineWriter(output: system.output, patienceMilliseconds: 10)
        expect(false, &writer, "hello\n")
        #expect(writer.lost == 1)
    }

    @Test("a line waits no longer than its patience") func aLineWaitsNoLongerThanItsPatience() {
        let system = ScriptedOutput(Array(repeating: .failure(EAGAIN), count: 5000))
        system.millisecondsPerWait = 4
        var writer = LineWriter(output: system.output, patienceMilliseconds: 10)
        expect(false, &writer, "hello\n")
        #expect(system.waits.first == 10)
        #expect(system.waits.reduce(0, max) == 10)
        system.waits = []
        system.isReady = false
        expect(false, &writer, "hello\n")
        #expect(system.waits == [0])
    }
}

/// Answers system calls from a list, then takes everything.
private final class ScriptedOutput {
    enum Answer {
        case success(Int)
        case failure(Int32)
    }

    private var answers: [Answer]
    private var time: Int64 = 0
    private(set) var text = ""
    private(set) var calls = 0
    var waits: [Int32] = []
    var millisecondsPerWait: Int64 = 0
    var isReady = true

    init(_ answers: [Answer]) {
        self.answers = answers
    }

    var output: LineOutput {
        LineOutput(
            write: { [self] bytes in
                calls += 1
                let answer = answers.isEmpty ? Answer.success(bytes.count) : answers.removeFirst()
                switch answer {
                case .failure(let code): return .failure(LineOutput.WriteFailure(code: code))
                case .success(let limit):
                    let count = min(limit, bytes.count)
                    text += String(decoding: bytes[..<count], as: UTF8.self)
                    return .success(count)
                }
            },
            wait: { [self] milliseconds in
                waits.append(milliseconds)
                time += millisecondsPerWait
                return isReady
            },
            milliseconds: { [self] in time })
    }
}
