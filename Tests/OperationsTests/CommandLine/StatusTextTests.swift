import Engine
import Reconciliation
import Testing

@testable import Ledger
@testable import Operations

@Suite struct StatusTextTests {
    private func lines(_ change: (inout LedgerOverview) -> Void = { _ in }) -> [String] {
        var overview = LedgerOverview()
        change(&overview)
        return StatusText.lines(overview, in: Sample.zone, at: Sample.now)
    }

    @Test("where the reconciler has never been, that is all there is to say")
    func empty() {
        #expect(
            lines() == [
                "messages      0 pending, 0 sent, 0 dead letters", "oldest        nothing pending",
                "last cycle    none yet", "alerts        none firing",
            ])
    }

    @Test("dead letters by the reasons there are, and those that others made")
    func deadLetters() {
        let lines = lines {
            $0.deadLetters = 9
            $0.deadLettersByReason = [.stale: 2, .reported: 3]
        }
        #expect(lines[2] == "dead letters  3 reported, 2 stale, 4 by others")
    }

    @Test("the oldest pending message by its age, or why that is unknown")
    func oldest() {
        let known = lines {
            $0.pending = 3
            $0.oldestPendingAcceptedAt = Sample.now - .seconds(7800)
            $0.oldestPendingAge = .seconds(7800)
        }
        #expect(known[1] == "oldest        pending for 2h 10m, since 2026-11-24 00:36:40 +09:00")
        let unknown = lines {
            $0.pending = 3
            $0.pendingWithoutKey = 1
            $0.pendingWithoutTime = 2
        }
        #expect(unknown[1] == "oldest        unknown: 2 without a readable time, 1 not accepted yet")
        #expect(unknown[2] == "unreadable    2 pending rows have a time that cannot be read")
    }

    @Test("what is unusual is told where there is such a thing")
    func unusual() {
        let refusals = RejectedRows(count: 1, examples: [MessageKey("K1")], reason: "a trigger said no")
        let lines = lines {
            $0.pendingWithUnreadableKey = 4
            $0.unmatchedReports = 5
            $0.refusals = refusals
        }
        #expect(
            Array(lines[2...4]) == [
                "unreadable    4 pending rows have a message key that is no UTF-8, or longer than 768 bytes",
                "unmatched     5 fetched reports are about messages without a row",
                "refused       " + refusals.error.message,
            ])
    }

    @Test("the last cycle, the provider and what fires, with how long ago")
    func daemon() {
        let lines = lines {
            $0.lastCycle = Sample.cycle(.failed)
            $0.providerHealth = ProviderHealth(
                state: .refused, since: Sample.now - .seconds(300), detail: "message_status: HTTP 401")
            $0.firing = [
                Sample.alert(.accountRefused, labels: ["code": "64008"]),
                Sample.alert(.backlog, isAcknowledged: true),
            ]
        }
        #expect(
            Array(lines.dropFirst(2)) == [
                "last cycle    failed, 42s ago (2026-11-24 02:45:58 +09:00), took 1234 ms",
                "provider      refused for 5m, since 2026-11-24 02:41:40 +09:00: message_status: HTTP 401",
                "",
                "FIRING                        SEVERITY  COUNT  FOR    SINCE                       ACKED",
                "  AccountRefused{code=64008}  critical  12     2d 1h  2026-11-22 01:46:40 +09:00  -",
                "  Backlog                     warning   12     2d 1h  2026-11-22 01:46:40 +09:00  yes",
            ])
    }

    @Test("verification: when the account was looked at, which day was verified last, and what is kept")
    func verification() {
        let fresh = lines { $0.verification = .init(beganAt: Sample.now - .seconds(60)) }
        #expect(fresh[3] == "verification  account not looked at yet, no whole day verified yet")
        let known = lines {
            $0.verification = .init(
                beganAt: Sample.now - .seconds(864_000), lookedAt: Sample.now - .seconds(720),
                verifiedUntil: Timestamp(iso8601: "2026-11-23T00:00:00+09:00", defaultOffset: 0))
            $0.differences = [.healed: 1, .falseSent: 9300]
        }
        #expect(
            Array(known[3...4]) == [
                "verification  account looked at 12m ago (2026-11-24 02:34:40 +09:00), last day verified 2026-11-22",
                "differences   9,300 say SENT and failed, 1 dead letters healed",
            ])
    }

    @Test("for programs: verification, differences and who works on the database")
    func jsonOfVerification() {
        var overview = LedgerOverview()
        overview.verification = .init(beganAt: Sample.now, lookedAt: Sample.now)
        overview.differences = [.missingRow: 4, .falseSent: 2]
        overview.isWorkedOn = true
        let text = StatusText.json(overview).text
        #expect(
            text.hasSuffix(
                #""verification":{"looked_at":"2026-11-23T17:46:40.000Z","verified_until":null},"#
                    + #""differences":{"false_sent":2,"missing_rows":4,"healed":0},"role":"working"}"#))
    }

    @Test("who works and who stands by, where several may", arguments: [(true, "working"), (false, "standby")])
    func instances(isWorkedOn: Bool, role: String) {
        var overview = LedgerOverview()
        let seen = Sample.now - .seconds(3)
        overview.isWorkedOn = isWorkedOn
        overview.instances = [
            InstanceView(
                host: "db1", processID: 7, role: isWorkedOn ? .working : .standby, since: Sample.now, seenAt: seen)
        ]
        let text = StatusText.json(overview).text
        #expect(
            text.hasSuffix(
                #""role":"\#(role)","instances":[{"host":"db1","pid":7,"role":"\#(role)","#
                    + #""since":"2026-11-23T17:46:40.000Z","seen_at":"2026-11-23T17:46:37.000Z"}]}"#))
        let shown = lines { $0.instances = overview.instances }
        #expect(
            shown.contains(
                "\(role)       db1, process 7, since 2026-11-24 02:46:40 +09:00, last seen 2026-11-24 02:46:37 +09:00"))
        overview.instances = []
        overview.isWorkedOn = false
        #expect(StatusText.json(overview).text.hasSuffix(#""role":"none","instances":[]}"#))
    }

    @Test("for programs: every key of the contract, null where nothing is known")
    func jsonOfNothing() {
        #expect(
            StatusText.json(LedgerOverview()).text
                == #"{"messages":{"pending":0,"sent":0,"dead_letter":0},"oldest_pending_age_seconds":null,"#
                + #""pending_without_key":0,"pending_with_unreadable_key":0,"pending_without_time":0,"unreadable_rows":0,"#
                + #""dead_letter_by_reason":{"reported":0,"stale":0,"uncertain":0,"unverifiable":0,"other":0},"#
                + #""unmatched_reports":0,"refused_rows":0,"last_cycle":null,"last_success_at":null,"#
                + #""provider":null,"alerts":[],"schema_version":null,"verification":null,"#
                + #""differences":{"false_sent":0,"missing_rows":0,"healed":0},"role":"none"}"#)
    }

    @Test("for programs: cycle, provider and alerts")
    func json() {
        var overview = LedgerOverview()
        overview.lastCycle = Sample.cycle()
        overview.providerHealth = ProviderHealth(since: Sample.now)
        overview.firing = [Sample.alert(.sinkFailing, labels: ["sink": "b", "a": "c"], isAcknowledged: true)]
        let text = StatusText.json(overview).text
        #expect(
            text.contains(
                #""last_cycle":{"started_at":"2026-11-23T17:45:58.000Z","duration_ms":1234,"result":"ok"}"#))
        #expect(text.contains(#""provider":{"state":"ok","since":"2026-11-23T17:46:40.000Z","detail":null}"#))
        #expect(
            text.contains(
                #"{"name":"SinkFailing","labels":{"a":"c","sink":"b"},"severity":"error","state":"firing","#
                    + #""count":12,"since":"2026-11-21T16:46:40.000Z","acked":true}"#))
    }

    @Test(
        "how long, in the two units that matter",
        arguments: [
            (-5, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h 0m"), (172_799, "47h 59m"),
            (172_800, "2d 0h"), (180_000, "2d 2h"),
        ])
    func elapsed(_ seconds: Int, _ text: String) {
        #expect(ElapsedText.of(.seconds(seconds)) == text)
    }
}

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

@Suite struct StatusCheckTests {
    private func verdict(_ change: (inout LedgerOverview) -> Void = { _ in }) -> ExitCode {
        var overview = LedgerOverview()
        overview.schemaVersion = 4
        overview.lastCycle = Sample.cycle()
        overview.lastSuccessAt = Sample.now - .seconds(300)
        change(&overview)
        return StatusCheck.verdict(overview, interval: .seconds(60), at: Sample.now)
    }

    @Test("all is well while a cycle succeeded within five intervals")
    func fine() {
        #expect(verdict() == .ok)
        #expect(verdict { $0.lastSuccessAt = Sample.now - .milliseconds(300_001) } == .critical)
        #expect(verdict { $0.lastSuccessAt = nil } == .critical)
    }

    @Test("nothing can be told where no cycle has been made")
    func unknown() {
        #expect(verdict { $0.schemaVersion = nil } == .unknown)
        #expect(verdict { $0.lastCycle = nil } == .unknown)
    }

    @Test(
        "the worst alert decides",
        arguments: [
            ([AlertName.lateReports], ExitCode.ok), ([.lateReports, .backlog], .negative), ([.deadLetters], .negative),
            ([.deadLetters, .accountRefused], .critical),
        ])
    func alerts(_ names: [AlertName], _ code: ExitCode) {
        #expect(verdict { $0.firing = names.map { Sample.alert($0) } } == code)
    }

    @Test("rows that the table refuses are a fault, too")
    func refusals() {
        #expect(verdict { $0.refusals = RejectedRows(count: 1, examples: [], reason: "no") } == .negative)
    }
}
