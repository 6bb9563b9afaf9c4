import HTTP
import Testing

@testable import BizgoSimulator

@Suite("The control plane")
struct ControlPlaneTests {
    private func control(
        _ gateway: Front, _ method: String, _ path: String, _ body: String = "", at time: Int64 = noon
    ) -> (status: Int, json: JSONValue) {
        gateway.ask(ServerRequest(method, "/_sim/" + path, body: Array(body.utf8)), at: time)
    }

    @Test("Messages are loaded with explicit entries")
    func entries() {
        let gateway = Front()
        let body = """
            [{"msgKey":"a000","acceptedAt":"2026-01-12T10:00:00+09:00","to":"01000000009","groupKey":"g","ref":"r",
              "entries":[{"serviceType":"ALIMTALK","reportCode":"64016","reportText":"no","visibleAt":1768183100000,
                          "sendTime":1768183000000,"reportTime":"2026-01-12T10:59:00+09:00"},
                         {"serviceType":"SMS","reportCode":"10000","delayMs":500},{"serviceType":"RCS"}]}]
            """
        let (status, json) = control(gateway, "POST", "messages", body)
        #expect(status == 200)
        #expect(json["loaded"]?.integer == 1)
        let (_, reports) = gateway.ask("report/inquiry/a000")
        #expect(reports.values("report", "reportTime") == ["2026-01-12T10:59:00+09:00"])
        #expect(reports.values("report", "reportText") == ["no"])
        #expect(reports.values("report", "ref") == ["r"])
        #expect(
            gateway.ask("report/inquiry/a000", at: noon + 500).json.values("report", "reportCode") == [
                "64016", "10000",
            ])
        let (_, statuses) = gateway.ask("message/inquiry/msgKey/a000")
        #expect(statuses.values("messages", "serviceType") == ["ALIMTALK", "SMS", "RCS"])
        #expect(statuses.values("messages", "reportCode") == ["64016", nil, nil])
        #expect(statuses.values("messages", "requestTime").first == "2026-01-12T10:00:00+09:00")
    }

    @Test("Messages are loaded with an outcome by name, or drawn", arguments: PlannedOutcome.allCases)
    func outcomes(outcome: PlannedOutcome) {
        let gateway = Front()
        let body = #"[{"msgKey":"a000","outcome":"\#(outcome.rawValue)"},{"msgKey":"a001","flow":["rcs","mms"]}]"#
        #expect(control(gateway, "POST", "messages", body).status == 200)
        let (_, plans) = control(gateway, "GET", "messages?msgKey=a000")
        #expect(plans.array?.first?["outcome"]?.string == outcome.rawValue)
        #expect(plans.array?.first?["entries"]?.array?.count == (outcome.needsFallback ? 2 : 1))
        #expect(gateway.model.plan("a001")?.channels.first?.channel.serviceType == "RCS")
    }

    @Test(
        "A wrong message is named and nothing is loaded",
        arguments: [
            ("{}", "array"), (#"[{"msgKey":"a"},{}]"#, "message 1: msgKey"),
            (#"[{"msgKey":"a","entries":1}]"#, "entries"),
            (#"[{"msgKey":"a","outcome":"eaten"}]"#, "eaten"), (#"[{"msgKey":"a","acceptedAt":"soon"}]"#, "acceptedAt"),
            (#"[{"msgKey":"a","flow":["pigeon"]}]"#, "flow"),
            (#"[{"msgKey":"a","entries":[{"visibleAt":true}]}]"#, "visibleAt"),
        ])
    func wrongMessages(body: String, reason: String) {
        let gateway = Front()
        let (status, json) = control(gateway, "POST", "messages", body)
        #expect(status == 400)
        #expect(json["error"]?.string?.contains(reason) == true)
        #expect(gateway.model.plans.isEmpty)
    }

    @Test("The truth is listed by key, by request, by range")
    func listing() {
        let gateway = Front([
            .message("a000", .alimtalk("10000")), .message("a001", .alimtalk(nil)), .message("b000", .sms("1")),
        ])
        func keys(_ query: String) -> [String?] {
            control(gateway, "GET", "messages" + query).json.array?.map { $0["msgKey"]?.string } ?? []
        }
        #expect(keys("") == ["a000", "a001", "b000"])
        #expect(keys("?msgKey=a001") == ["a001"])
        #expect(keys("?msgKey=x") == [])
        #expect(keys("?requestId=a") == ["a000", "a001"])
        #expect(keys("?from=1&limit=1") == ["a001"])
        #expect(control(gateway, "GET", "messages").json.array?[1]["entries"]?.array?[0]["reportCode"] == nil)
    }

    @Test("Faults are set, replaced and cleared")
    func faults() {
        let gateway = Front()
        let rules =
            #"[{"match":"polling","kind":"status","status":503,"code":"A920","layer":"service","retry_after":2,"times":null}]"#
        #expect(control(gateway, "POST", "faults", rules).json["rules"]?.integer == 1)
        let reply = gateway.answer(.api("report/polling"))
        #expect(reply.status == 503)
        #expect(reply.json.code == "A920")
        #expect(reply.header("Retry-After") == "2")
        #expect(control(gateway, "POST", "faults", #"[{"kind":"sabotage"}]"#).status == 400)
        #expect(control(gateway, "POST", "faults", "x").status == 400)
        #expect(gateway.ask("report/polling").status == 503, "a wrong script changes nothing")
        #expect(control(gateway, "DELETE", "faults").status == 200)
        #expect(gateway.ask("report/polling").status == 400)
    }

    @Test("The account is suspended and restored")
    func account() {
        let gateway = Front()
        #expect(control(gateway, "POST", "account", #"{"suspended":true}"#).status == 200)
        #expect(gateway.model.suspendedSince == noon)
        #expect(control(gateway, "POST", "account", #"{"suspended":1}"#).status == 400)
        #expect(control(gateway, "POST", "account", #"{"suspended":false}"#).status == 200)
        #expect(gateway.model.suspendedSince == nil)
        let from = #"{"suspended":true,"since":"2026-01-12T11:00:01+09:00"}"#
        #expect(control(gateway, "POST", "account", from).status == 200)
        #expect(gateway.model.suspendedSince == noon + 1000)
        #expect(control(gateway, "POST", "account", #"{"suspended":true,"since":"soon"}"#).status == 400)
        #expect(gateway.model.suspendedSince == noon + 1000)
    }

    @Test("Statistics are shown and reset")
    func statistics() {
        let gateway = Front([.message("a000", .alimtalk("10000"))])
        _ = gateway.ask("report/inquiry/a000")
        _ = gateway.ask("report/polling", at: noon + 5)
        _ = gateway.gateway.refusal(of: RequestFlaw.malformed)
        let (_, json) = control(gateway, "GET", "stats?times=1")
        #expect(json["requests"]?["report_inquiry"]?["200"]?.integer == 1)
        #expect(json["total"]?.integer == 2)
        #expect(json["malformed"]?.integer == 1)
        #expect(json["messages"]?.integer == 1)
        #expect(json["times"]?.array?.map(\.number) == [Double(noon), Double(noon + 5)])
        #expect(control(gateway, "GET", "stats").json["times"] == nil)
        #expect(control(gateway, "POST", "reset-stats").status == 200)
        #expect(control(gateway, "GET", "stats").json["total"]?.integer == 0)
    }

    @Test("Settings change while running, and a wrong one changes nothing")
    func settings() {
        let gateway = Front()
        let body = """
            {"empty_answer":"a820","rate":5,"burst":1,"retry_after":1,"report_method":"polling","history_order":"desc",
             "request_time":"day","outcome":"failed","report_delay_ms":5,"webhook_url":"http://127.0.0.1:9/x",
             "webhook_loss":0.5,"webhook_encoding":"base64","latency_ms":3,"key":"k2","polling_batch":7,
             "history_missing":0.25}
            """
        #expect(control(gateway, "POST", "settings", body).status == 200)
        let changed = gateway.configuration
        #expect(changed.emptyAnswer == .a820)
        #expect(changed.burst == 1)
        #expect(changed.retryAfterSeconds == 1)
        #expect(changed.historyOrder == .descending)
        #expect(changed.historyMissingShare == 0.25)
        #expect(changed.webhook.url == "http://127.0.0.1:9/x")
        #expect(changed.webhook.encoding == .base64)
        #expect(changed.latencyMilliseconds == 3)
        #expect(changed.key == "k2")
        #expect(changed.reportMethod == .polling)
        #expect(changed.pollingBatch == 7)
        for wrong in [
            #"{"seed":1}"#, #"{"rate":"5"}"#, #"{"latency_ms":0,"empty_answer":"x"}"#,
            #"{"webhook_url":"http://192.0.2.1/"}"#, "[]", #"{"history_missing":1.5}"#, #"{"history_order":"any"}"#,
            #"{"polling_batch":0}"#, #"{"polling_batch":1001}"#,
        ] {
            #expect(control(gateway, "POST", "settings", wrong).status == 400, "\(wrong)")
        }
        #expect(gateway.configuration.latencyMilliseconds == 3)
        #expect(control(gateway, "POST", "settings", #"{"webhook_url":null,"retry_after":null}"#).status == 200)
        #expect(gateway.configuration.webhook.url == nil)
        #expect(gateway.configuration.retryAfterSeconds == nil)
    }

    @Test("The provider's clock is moved, the rest stays where it is")
    func clock() {
        let gateway = Front()
        #expect(control(gateway, "POST", "clock", #"{"offset_ms":5000}"#).json["now"]?.integer == noon + 5000)
        #expect(gateway.clockOffset == 5000)
        #expect(
            control(gateway, "POST", "clock", #"{"advance_ms":1000}"#, at: noon + 5000).json["now"]?.integer == noon
                + 6000)
        #expect(control(gateway, "POST", "clock", "{}").status == 400)
    }

    @Test("What it does not know is refused, and what follows a redirect is counted")
    func unknown() {
        let gateway = Front()
        #expect(control(gateway, "GET", "nothing").status == 404)
        #expect(control(gateway, "GET", "redirected").status == 200)
        #expect(gateway.statistics.redirectsFollowed == 1)
    }
}
