import Reconciliation
import Testing

@testable import Operations

@Suite struct WishTests {
    @Test("dead letters are put back by key, or by reason, of which a code may choose")
    func requeue() throws {
        #expect(try RequeueWish(arguments(.requeue, "K1", "K2")) == .keys(["K1", "K2"].map { MessageKey($0) }))
        #expect(try RequeueWish(arguments(.requeue, "--reason=stale")) == .all(.stale, nil))
        let chosen = try RequeueWish(arguments(.requeue, "--reason", "reported", "--code", "64016"))
        #expect(chosen == .all(.reported, ReportCode("64016")))
    }

    @Test(
        "neither keys nor a reason, or both, are refused: all that there is would be put back",
        arguments: [[], ["K1", "--reason=stale"], ["K1", "--code=1"], ["--code=1"]])
    func unclear(_ words: [String]) {
        let found = failure { () throws(CommandFailure) in
            _ = try RequeueWish(Arguments(words[...], for: .requeue))
        }
        let line = "requeue: wants message keys, or --reason R with or without --code C. Try `help requeue`"
        #expect(found == CommandFailure(.usage, line))
    }

    @Test("an alert is meant by its name and the labels that are given; a value may have = in it, or be empty")
    func acknowledgement() throws {
        let words = try AlertWords(arguments(.ack, "SinkFailing", "sink=a=b", "x="))
        #expect(words.name == .sinkFailing && words.labels == ["sink": "a=b", "x": ""])
    }

    @Test(
        "what is no alert, and no label, is named",
        arguments: [
            (["Nonsense"], ExitCode.negative, "ack: there is no alert `Nonsense`; there are AccountRefused, "),
            (["StoreTrouble"], .negative, "ack: StoreTrouble cannot be acknowledged"),
            (["Backlog", "sink"], .usage, "ack: expected LABEL=VALUE, found `sink`. Try `help ack`"),
            (["Backlog", "=x"], .usage, "ack: expected LABEL=VALUE, found `=x`. Try `help ack`"),
            (["Backlog", "a=1", "a=2"], .usage, "ack: the label `a` is given twice"),
        ])
    func noAlert(_ words: [String], _ code: ExitCode, _ line: String) throws {
        let found = failure { () throws(CommandFailure) in _ = try AlertWords(Arguments(words[...], for: .ack)) }
        #expect(found?.code == code)
        #expect(try #require(found?.lines.first).hasPrefix(line))
    }
}
