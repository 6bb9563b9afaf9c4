import Reconciliation
import Testing

@testable import Ledger
@testable import Operations

@Suite struct OutlookTextTests {
    private func outlook(
        _ status: RowStatus, reason: DeadLetterReason? = nil, nextAskAt: Timestamp? = nil, dueOfSend: Int = 1,
        endpoints: Set<Endpoint> = [.reportInquiry, .messageStatus, .requestStatus]
    ) -> Outlook {
        Outlook(
            DueMessage(
                key: MessageKey("SEND001"), row: RowLocator(rowid: 1), status: status,
                acceptedAt: Sample.now - .seconds(7800), tracking: Tracking(reason: reason)),
            nextAskAt: nextAskAt, survey: nil, dueOfSend: dueOfSend, endpoints: endpoints, policy: Sample.policy,
            at: Sample.now)
    }

    private func lines(_ outlook: Outlook, _ message: StoredMessage = Sample.message()) -> [String] {
        OutlookText.lines(MessageKey("SEND001"), message, outlook, Sample.policy, in: Sample.zone, at: Sample.now)
    }

    @Test("a due message: since when, by which question, and what follows")
    func due() {
        #expect(
            lines(outlook(.pending)) == [
                "message  SEND001",
                "status   PENDING",
                "accepted 2026-11-24 00:36:40 +09:00, 2h 10m ago",
                "next     asked about in the next cycle: due since 2026-11-24 00:46:40 +09:00",
                "by       its message status, by itself: no other message of its send is due",
                "then     delivered on any channel: sent. Failed on all: dead letter. Nothing final: asked again;"
                    + " given up when asked after 2026-11-27 00:36:40 +09:00 (stale_after 72h)",
            ])
    }

    @Test(
        "by whichever question",
        arguments: [
            (
                Outlook.Means.send(RequestID("SEND"), others: 1),
                "by       the status of its send SEND, together with 1 other that are due: one question instead of 2"
            ),
            (
                .send(RequestID("SEND"), others: 2),
                "by       the status of its send SEND, together with 2 others that are due: one question instead of 3"
            ),
            (.reports, "by       its reports, by itself"),
            (
                .history(SweepPlan(from: Sample.now, messages: 5000, alternative: 100, expectedPages: 7)),
                "by       a sweep through the history of sends since 2026-11-24 02:46:40 +09:00: about 7 pages for 5000 "
                    + "messages that are due, instead of 100 questions"
            ),
        ])
    func means(_ means: Outlook.Means, _ line: String) {
        var outlook = outlook(.pending)
        outlook.means = means
        #expect(lines(outlook)[4] == line)
    }

    @Test(
        "one that is not asked about now: why, and until when",
        arguments: [
            (Outlook.Turn.settled, "nothing: its row says how it ended"),
            (
                .final(nil),
                "nothing: the application made it a dead letter. Should a report say delivered, it becomes sent"
            ),
            (.final(.unverifiable), "nothing: the provider does not answer about messages as old as this"),
            (.final(.stale), "nothing: the provider has said that it failed, or its window has closed"),
            (
                .waits(until: Sample.now + .seconds(300), .webhook),
                "at 2026-11-24 02:51:40 +09:00 (in 5m); until then it is left to its webhook"
            ),
            (
                .waits(until: Sample.now + .seconds(300), .retry),
                "at 2026-11-24 02:51:40 +09:00 (in 5m); when last asked, nothing final was known"
            ),
            (
                .waits(until: Sample.now + .seconds(300), .watch),
                "at 2026-11-24 02:51:40 +09:00 (in 5m); given up, but asked about daily"
            ),
            (.due(since: nil), "asked about in the next cycle"),
        ])
    func turns(_ turn: Outlook.Turn, _ text: String) {
        var outlook = outlook(.sent)
        outlook.turn = turn
        #expect(lines(outlook)[3...] == ["next     " + text])
    }

    @Test("the age of a message whose time cannot be read is not guessed")
    func unreadable() {
        #expect(
            lines(outlook(.pending), Sample.message(isTimed: false))[2]
                == "accepted at a time that cannot be read: asked about, but never given up")
    }

    @Test("for programs: words and times")
    func json() {
        #expect(
            OutlookText.json(MessageKey("SEND001"), Sample.message(), outlook(.pending)).text
                == #"{"msg_key":"SEND001","status":"PENDING","reason":null,"turn":"due","at":"2026-11-23T15:46:40Z","#
                + #""by":"message_status","given_up_at":"2026-11-26T15:36:40Z"}"#)
        let settled = Sample.message("SEND001", .deadLetter, reason: .reported)
        #expect(
            OutlookText.json(MessageKey("SEND001"), settled, outlook(.deadLetter, reason: .reported)).text
                == #"{"msg_key":"SEND001","status":"DEAD_LETTER","reason":"reported","turn":"final","at":null,"#
                + #""by":null,"given_up_at":null}"#)
    }
}
