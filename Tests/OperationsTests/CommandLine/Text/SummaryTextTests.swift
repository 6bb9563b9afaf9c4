import Engine
import Reconciliation
import Testing

@testable import Operations

@Suite struct SummaryTextTests {
    private var summary: PassSummary {
        var summary = PassSummary()
        summary.due = 20
        summary.requests = 7
        summary.sent = 10
        summary.deadLetters = [.stale: 2, .reported: 3]
        summary.settledElsewhere = 1
        summary.late = 1
        summary.provider = .rateLimited
        summary.duration = .milliseconds(12_399)
        return summary
    }

    @Test("for programs: the contract's keys in its order, every reason with a number")
    func json() {
        #expect(
            SummaryText.json(summary).text
                == #"{"due":20,"requests":7,"sent":10,"#
                + #""dead_letter":{"reported":3,"stale":2,"uncertain":0,"unverifiable":0},"still_pending":20,"#
                + #""settled_elsewhere":1,"late":1,"provider":"rate_limited","duration_ms":12399}"#)
    }

    @Test("for people: the reasons there were")
    func line() {
        #expect(
            SummaryText.line(summary)
                == "20 due: 10 sent, 5 dead letters (reported 3, stale 2), 20 still pending, 1 settled elsewhere, "
                + "1 late; provider rate_limited; 7 requests in 12.3 s")
        #expect(
            SummaryText.line(PassSummary())
                == "0 due: 0 sent, 0 dead letters, 0 still pending, 0 settled elsewhere, 0 late; provider ok; "
                + "0 requests in 0.0 s")
    }
}
