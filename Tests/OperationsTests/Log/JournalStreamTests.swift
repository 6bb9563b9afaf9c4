import Glibc
import Testing

@testable import Operations

@Suite struct JournalStreamTests {
    @Test func onlyTheStreamThatIsNamedIsTheJournal() {
        let (pipe, other) = (TestPipe(), TestPipe())
        var status = stat()
        #expect(fstat(pipe.writer, &status) == 0)
        let environment = ["JOURNAL_STREAM": "\(status.st_dev):\(status.st_ino)"]
        #expect(JournalStream.isConnected(environment: environment, descriptor: pipe.writer))
        #expect(!JournalStream.isConnected(environment: environment, descriptor: other.writer))
        #expect(!JournalStream.isConnected(environment: environment, descriptor: -1))
        #expect(!JournalStream.isConnected(environment: [:], descriptor: pipe.writer))
    }

    @Test(arguments: ["", ":", "1", "a:b", "1:2:3", "-1:2", "8:"])
    func aNameThatIsNoneIsNotTheJournal(name: String) {
        let pipe = TestPipe()
        #expect(!JournalStream.isConnected(environment: ["JOURNAL_STREAM": name], descriptor: pipe.writer))
    }
}
