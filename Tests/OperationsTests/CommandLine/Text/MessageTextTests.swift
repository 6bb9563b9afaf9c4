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
        #expect(
            StoryText.lines(MessageKey("K2"), detail, in: Sample.zone) == [
                "message      K2", "status       its row is gone; this is its history",
                "timeline     nothing done to it by the reconciler",
            ])
        #expect(
            StoryText.json(MessageKey("K2"), detail).text
                == #"{"msg_key":"K2","status":null,"attempts":0,"answers":0,"failures":0,"last_code":null,"timeline":[]}"#
        )
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
                    + #""code":null,"meaning":null,"source":"requeue","detail":null}]}"#))
    }
}
