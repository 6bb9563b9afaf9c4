import Engine
import Reconciliation
import Testing

@testable import Ledger
@testable import Operations

@Suite struct MessageTextTests {
    @Test("list: a line a message, a dash for what there is not")
    func list() {
        let dead = Sample.message(
            "K2", .deadLetter, reason: .stale, reportCode: "64016", nextAskAt: Sample.now + .seconds(60))
        let lines = MessageText.lines(
            [Sample.message(nil), dead, Sample.message("K3", isTimed: false)], in: Sample.zone)
        #expect(
            lines == [
                "MSGKEY  STATUS       REASON  CODE   ACCEPTED                    NEXT ATTEMPT",
                "-       PENDING      -       -      2026-11-24 00:36:40 +09:00  -",
                "K2      DEAD_LETTER  stale   64016  2026-11-24 00:36:40 +09:00  2026-11-24 02:47:40 +09:00",
                "K3      PENDING      -       -      unreadable: yesterday       -",
            ])
    }

    @Test("list for programs: null for what there is not")
    func json() {
        #expect(MessageText.json([]).text == "[]")
        #expect(
            MessageText.json([Sample.message(nil, errorMessage: "said \"no\"")]).text
                == #"[{"msg_key":null,"id":"7","status":"PENDING","reason":null,"report_code":null,"#
                + #""error_message":"said \"no\"","service_type":"ALIMTALK","accepted_at":"2026-11-23T15:36:40Z","#
                + #""updated_at":null,"next_attempt_at":null}]"#)
    }

    private let story = MessageDetail(
        message: Sample.message(
            "K2", .deadLetter, reason: .reported, reportCode: "64016", errorMessage: "[64016] recipient: none",
            isUpdated: true),
        tracking: Tracking(answers: 2, lastCode: ReportCode("64016"), failures: 1),
        timeline: [
            AuditEntry(
                at: Sample.now, from: .pending, to: .deadLetter, reason: .reported, code: ReportCode("12345"),
                source: .polling, detail: "answers=2"),
            AuditEntry(at: Sample.now, from: .deadLetter, to: .pending, source: .requeue),
        ])

    @Test("show: row, questions and timeline")
    func show() {
        #expect(
            StoryText.lines(MessageKey("K2"), story, in: Sample.zone) == [
                "message      K2",
                "status       DEAD_LETTER (reported)",
                "report code  64016: not a KakaoTalk user",
                "error        [64016] recipient: none",
                "accepted     2026-11-24 00:36:40 +09:00",
                "updated      2026-11-24 02:46:40 +09:00",
                "in the row   accepted 2026-11-24 00:36:40, updated 2026-11-23T17:46:40Z",
                "next attempt none planned",
                "asked        2 times answered, 1 failed",
                "timeline     ",
                "  2026-11-24 02:46:40.000 +09:00  pending → dead_letter  polling: reported 12345",
                "  2026-11-24 02:46:40.000 +09:00  dead_letter → pending  requeue",
            ])
    }

    @Test("show: times that cannot be read are shown as they stand in the row")
    func unreadable() {
        let detail = MessageDetail(message: Sample.message("K2", isTimed: false), tracking: nil, timeline: [])
        #expect(
            StoryText.lines(MessageKey("K2"), detail, in: Sample.zone)[2...3] == [
                "accepted     at a time that cannot be read", "in the row   accepted yesterday",
            ])
    }

    @Test("show: a message whose row is gone")
    func gone() {
        let detail = MessageDetail(message: nil, tracking: nil, timeline: [])
        let lines = StoryText.lines(
            MessageKey("K2"), MessageDetail(message: nil, tracking: nil, timeline: [story.timeline[1]]),
            in: Sample.zone)
        #expect(lines[1] == "status       its row is gone; this is its history")
        #expect(
            StoryText.json(MessageKey("K2"), detail).text
                == #"{"msg_key":"K2","status":null,"attempts":0,"answers":0,"failures":0,"last_code":null,"timeline":[],"#
                + #""differences":[]}"#)
    }

    @Test("show: what verification found of it, also where there is no row and never was")
    func differences() {
        var detail = MessageDetail(message: Sample.message("K2"), tracking: nil, timeline: [])
        detail.differences = [
            Difference(
                .falseSent, MessageKey("K2"), rowStatus: .sent, code: ReportCode("64008"), acceptedAt: Sample.now)
        ]
        #expect(
            StoryText.lines(MessageKey("K2"), detail, in: Sample.zone).contains(
                "differed     when verified: the row said SENT, and the provider says that it failed on every channel"
                    + " with 64008 (account has no usage permission)"))
        #expect(
            StoryText.json(MessageKey("K2"), detail).text.hasSuffix(
                #""differences":[{"kind":"false_sent","msg_key":"K2","row_status":"sent","report_code":"64008","#
                    + #""accepted_at":"2026-11-23T17:46:40Z"}]}"#))
        detail.message = nil
        detail.differences = [
            Difference(.missingRow, MessageKey("K2"), rowStatus: nil, code: .delivered, acceptedAt: nil)
        ]
        #expect(
            Array(StoryText.lines(MessageKey("K2"), detail, in: Sample.zone)[1...2]) == [
                "status       no row has this msgKey",
                "differed     when verified: there was no row, and the provider reports it with 10000"
                    + " (arrived normally on the handset)",
            ])
    }

    @Test("show for programs: attempts are answers and failures")
    func showJSON() {
        let text = StoryText.json(MessageKey("K2"), story).text
        #expect(
            text.contains(#""accepted_at":"2026-11-23T15:36:40Z","updated_at":"2026-11-23T17:46:40Z""#), "in UTC")
        #expect(text.contains(#""attempts":3,"answers":2,"failures":1,"last_code":"64016""#))
        #expect(
            text.hasSuffix(
                #"{"at":"2026-11-23T17:46:40.000Z","from_status":"dead_letter","to_status":"pending","reason":null,"#
                    + #""code":null,"meaning":null,"source":"requeue","detail":null}],"differences":[]}"#))
    }

    @Test("requeue for programs: what became pending, and of each other key why it did not")
    func requeueJSON() {
        var result = RequeueResult()
        #expect(RequeueText.line(result) == "0 messages are pending again and due now")
        #expect(
            RequeueText.json(result).text
                == #"{"requeued":[],"not_found":[],"not_dead_letters":[],"not_ours":[],"refused":[],"refusal":null}"#)
        result.requeued = [MessageKey("K1"), MessageKey("K2")]
        result.notFound = [MessageKey("K3")]
        result.notDeadLetters = [MessageKey("K4")]
        result.notOurs = [MessageKey("K5")]
        result.refused = [MessageKey("K6")]
        result.refusal = LedgerError(.rowRejected, "a rule")
        #expect(RequeueText.line(result) == "2 messages are pending again and due now")
        #expect(
            RequeueText.json(result).text
                == #"{"requeued":["K1","K2"],"not_found":["K3"],"not_dead_letters":["K4"],"not_ours":["K5"],"#
                + #""refused":["K6"],"refusal":"a rule"}"#)
    }
}

@Suite struct OutlookTextTests {
    private func step(
        _ status: RowStatus, reason: DeadLetterReason? = nil, nextAskAt: Timestamp? = nil, dueOfSend: Int = 1,
        endpoints: Set<Endpoint> = [.reportInquiry, .messageStatus, .requestStatus]
    ) -> NextStep {
        NextStep(
            DueMessage(
                key: MessageKey("SEND001"), row: RowLocator(1), status: status,
                acceptedAt: Sample.now - .seconds(7800), tracking: Tracking(reason: reason)),
            nextAskAt: nextAskAt, survey: nil, dueOfSend: dueOfSend, endpoints: endpoints, policy: Sample.policy,
            at: Sample.now)
    }

    private func lines(_ step: NextStep, _ message: StoredMessage = Sample.message()) -> [String] {
        OutlookText.lines(MessageKey("SEND001"), message, step, Sample.policy, in: Sample.zone, at: Sample.now)
    }

    @Test("a due message: since when, by which question, and what follows")
    func due() {
        #expect(
            lines(step(.pending)) == [
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
                NextStep.Means.send(RequestID("SEND"), others: 1),
                "by       the status of its send SEND, together with 1 other that are due: one question instead of 2"
            ),
            (
                .send(RequestID("SEND"), others: 2),
                "by       the status of its send SEND, together with 2 others that are due: one question instead of 3"
            ),
            (.reports, "by       its reports, by itself"),
            (
                .history(ScanPlan(from: Sample.now, messages: 5000, alternative: 100, expectedPages: 7)),
                "by       a sweep through the history of sends since 2026-11-24 02:46:40 +09:00: about 7 pages for 5000 "
                    + "messages that are due, instead of 100 questions"
            ),
        ])
    func means(_ means: NextStep.Means, _ line: String) {
        var step = step(.pending)
        step.means = means
        #expect(lines(step)[4] == line)
    }

    @Test(
        "one that is not asked about now: why, and until when",
        arguments: [
            (NextStep.DueTime.settled, "nothing: its row says how it ended"),
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
    func turns(_ turn: NextStep.DueTime, _ text: String) {
        var step = step(.sent)
        step.turn = turn
        #expect(lines(step)[3...] == ["next     " + text])
    }

    @Test("the age of a message whose time cannot be read is not guessed")
    func unreadable() {
        #expect(
            lines(step(.pending), Sample.message(isTimed: false))[2]
                == "accepted at a time that cannot be read: asked about, but never given up")
    }

    @Test("for programs: words and times")
    func json() {
        #expect(
            OutlookText.json(MessageKey("SEND001"), Sample.message(), step(.pending)).text
                == #"{"msg_key":"SEND001","status":"PENDING","reason":null,"turn":"due","at":"2026-11-23T15:46:40Z","#
                + #""by":"message_status","given_up_at":"2026-11-26T15:36:40Z"}"#)
        let settled = Sample.message("SEND001", .deadLetter, reason: .reported)
        #expect(
            OutlookText.json(MessageKey("SEND001"), settled, step(.deadLetter, reason: .reported)).text
                == #"{"msg_key":"SEND001","status":"DEAD_LETTER","reason":"reported","turn":"final","at":null,"#
                + #""by":null,"given_up_at":null}"#)
    }
}

/// What the texts are about.
enum Sample {
    /// 2026-11-23T17:46:40Z.
    static let now = Timestamp(seconds: 1_795_456_000)
    static let zone = Zone(secondsEastOfUTC: 9 * 3600)
    static let policy = Policy(retry: RetrySchedule(jitter: 0))

    static func message(
        _ key: String? = "SEND001", _ status: RowStatus = .pending, reason: DeadLetterReason? = nil,
        reportCode: String? = nil, errorMessage: String? = nil, isTimed: Bool = true, isUpdated: Bool = false,
        nextAskAt: Timestamp? = nil
    ) -> StoredMessage {
        StoredMessage(
            row: RowLocator(1), id: "7", key: key.map { MessageKey($0) }, status: status,
            statusText: status.rawValue.uppercased(), serviceType: "ALIMTALK", reportCode: reportCode,
            errorMessage: errorMessage, acceptedAt: isTimed ? now - .seconds(7800) : nil,
            updatedAt: isUpdated ? now : nil,
            acceptedText: isTimed ? "2026-11-24 00:36:40" : "yesterday",
            updatedText: isUpdated ? "2026-11-23T17:46:40Z" : nil,
            reason: reason, nextAskAt: nextAskAt)
    }

    static func cycle(_ result: CycleRecord.Result = .ok) -> CycleRecord {
        CycleRecord(
            startedAt: now - .seconds(42), duration: .milliseconds(1234), result: result,
            health: ProviderHealth(since: now))
    }

    static func alert(_ name: AlertName, labels: [String: String] = [:], isAcknowledged: Bool = false) -> Alert {
        var alert = Alert(
            identity: AlertIdentity(name, labels: labels), count: 12, since: now - .seconds(2 * 86_400 + 3600))
        alert.isAcknowledged = isAcknowledged
        return alert
    }
}
