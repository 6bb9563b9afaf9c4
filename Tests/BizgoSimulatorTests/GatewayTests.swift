import HTTP
import Testing

@testable import BizgoSimulator

@Suite("The gateway")
struct GatewayTests {
    private let delivered: MessagePlan = .message("key000", .alimtalk("10000"))

    @Test(
        "Only the exact key is accepted; otherwise the service layer is missing",
        arguments: [
            nil, "", "sim-key ", "Bearer sim-key", "ApiKey sim-key", "SIM-KEY",
        ])
    func keys(key: String?) {
        let gateway = Front([delivered])
        let (status, json) = gateway.ask(ServerRequest("GET", "/api/comm/v1/report/inquiry/key000", authorization: key))
        #expect(status == 401)
        #expect(json.authCode == "A401")
        #expect(json["data"] == nil)
        #expect(gateway.statistics.refusedKeys == 1)
    }

    @Test(
        "Unknown paths and wrong methods are the gateway's to refuse",
        arguments: [
            ("GET", "/", 404), ("GET", "/api/comm/v1/", 404), ("GET", "/api/comm/v1/report/inquiry/", 404),
            ("GET", "/api/comm/v1/report/inquiry/a/b", 404), ("GET", "/api/comm/v2/report/inquiry/a", 404),
            ("POST", "/api/comm/v1/report/inquiry/a", 405), ("GET", "/api/comm/v1/send/omni", 405),
            ("GET", "/api/comm/v1/report/polling/a", 405), ("GET", "/api/comm/v1/report/inquiry/%zz", 400),
        ])
    func paths(method: String, path: String, expected: Int) {
        let gateway = Front()
        let (status, json) = gateway.ask(ServerRequest(method, path, authorization: "sim-key"))
        #expect(status == expected)
        #expect(json.authCode == "A\(expected)")
    }

    @Test("An inquiry lists reports, message status all channels tried")
    func inquiryAndStatus() {
        let gateway = Front([.message("key000", .alimtalk("64016"), .sms(nil))])
        let (_, reports) = gateway.ask("report/inquiry/key000")
        #expect(reports.authCode == "A000")
        #expect(reports.code == "A000")
        #expect(reports.values("report", "reportCode") == ["64016"])
        #expect(reports.values("report", "reportTime") == ["2026-01-12T11:00:00+09:00"])
        let (_, statuses) = gateway.ask("message/inquiry/msgKey/key000")
        #expect(statuses.values("messages", "serviceType") == ["ALIMTALK", "SMS"])
        #expect(statuses.values("messages", "reportCode") == ["64016", nil])
        #expect(statuses.values("messages", "to") == ["01000000001", "01000000001"])
        let (_, request) = gateway.ask("message/inquiry/requestId/key")
        #expect(request.values("messages", "fallback") == ["N", "Y"])
    }

    @Test(
        "Nothing to report is an empty list, null, absent or A820, as configured",
        arguments: SimulatorConfiguration.EmptyAnswer.allCases)
    func empty(answer: SimulatorConfiguration.EmptyAnswer) {
        let gateway = Front([.message("key000", .alimtalk(nil))]) { $0.emptyAnswer = answer }
        for target in ["report/inquiry/key000", "report/inquiry/nobody", "message/inquiry/msgKey/nobody"] {
            let (status, json) = gateway.ask(target)
            let list = json.data?["report"] ?? json.data?["messages"]
            #expect(status == (answer == .a820 ? 400 : 200))
            #expect(json.authCode == "A000")
            #expect(json.code == (answer == .a820 ? "A820" : "A000"))
            switch answer {
            case .list: #expect(list == .array([]))
            case .null: #expect(list == .null)
            case .absentList: #expect(json.data?.object?.isEmpty == true)
            case .absentData: #expect(json.data == nil)
            case .nullData: #expect(json.data == .null)
            case .a820: #expect(list == nil)
            }
        }
    }

    @Test("The sixth request at once gets 429 and A020; sends have a bucket of their own")
    func limits() {
        let gateway = Front([delivered]) {
            $0.requestsPerSecond = 5
            $0.recipientsPerSecond = 200
        }
        for _ in 0..<5 { #expect(gateway.ask("report/inquiry/key000").status == 200) }
        let reply = gateway.answer(.api("report/inquiry/key000"))
        #expect(reply.status == 429)
        #expect(reply.json.authCode == "A000")
        #expect(reply.json.code == "A020")
        #expect(reply.header("Retry-After") == nil)
        gateway.configuration.retryAfterSeconds = 3
        #expect(
            gateway.answer(.api("report/inquiry/key000")).header("retry-after") == "3")
        #expect(gateway.ask("report/inquiry/key000", at: noon + 200).status == 200)
        let body = #"{"destinations":[{"to":"01000000001"}],"messageFlow":[{"sms":{}}]}"#
        for _ in 0..<200 { #expect(gateway.ask(.api("send/omni", method: "POST", body: body)).status == 200) }
        #expect(gateway.ask(.api("send/omni", method: "POST", body: body)).json.code == "A020")
        #expect(gateway.statistics.count(status: 429) == 3)
    }

    @Test("A refused key costs no token")
    func refusedKeysAreFree() {
        let gateway = Front([delivered]) { $0.requestsPerSecond = 5 }
        for _ in 0..<20 { _ = gateway.ask(ServerRequest("GET", "/api/comm/v1/report/polling", authorization: "no")) }
        #expect(gateway.ask("report/inquiry/key000").status == 200)
    }

    @Test(
        "Sends are checked as documented",
        arguments: [
            ("not json", "A010"), ("{}", "A011"), (#"{"destinations":[],"messageFlow":[{"sms":{}}]}"#, "A300"),
            (#"{"destinations":[{"to":"01000000001"}],"messageFlow":[]}"#, "A300"),
            (#"{"destinations":[{"to":"01000000001"}],"messageFlow":[{"pigeon":{}}]}"#, "A300"),
            (#"{"destinations":[{"to":"01000000001"}],"messageFlow":[{"sms":{}}],"idempotencyKey":"k"}"#, "A309"),
            (
                #"{"destinations":[{"to":"01000000001"}],"messageFlow":[{"sms":{}}],"idempotencyKey":"","idempotencyTtl":1}"#,
                "A308"
            ),
            (#"{"destinations":[{"to":"01000000001"}],"messageFlow":[{"sms":{}},{"mms":{}}]}"#, "A000"),
        ])
    func sends(body: String, code: String) {
        let gateway = Front()
        #expect(gateway.ask(.api("send/omni", method: "POST", body: body)).json.code == code)
    }

    @Test(
        "A known idempotency key has A301 for each recipient that was accepted, and sends nothing",
        arguments: SimulatorConfiguration.DuplicateAnswer.allCases)
    func duplicates(answer: SimulatorConfiguration.DuplicateAnswer) {
        let gateway = Front()
        gateway.configuration.duplicateAnswer = answer
        let body = """
            {"destinations":[{"to":"01000000001"},{"to":"nobody"}],"messageFlow":[{"sms":{}}],"idempotencyKey":"k",
            "idempotencyTtl":60}
            """
        let first = gateway.ask(.api("send/omni", method: "POST", body: body)).json.data?["destinations"]?.array
        let (status, json) = gateway.ask(.api("send/omni", method: "POST", body: body))
        #expect(status == (answer == .refusal ? 400 : 200))
        #expect(json.code == (answer == .refusal ? "A301" : "A000"))
        let again = json.data?["destinations"]?.array
        #expect(again?.compactMap { $0["code"]?.string } == (answer == .refusal ? nil : ["A301", "A306"]))
        #expect(again?.first?["msgKey"] == (answer == .withKey ? first?.first?["msgKey"] : nil))
        #expect(gateway.ask(ServerRequest("GET", "/_sim/messages")).json.array?.count == 1)
    }

    @Test("Polling is for keys set to polling")
    func polling() {
        let gateway = Front()
        #expect(gateway.ask("report/polling").json.code == "A801")
        gateway.configuration.reportMethod = .polling
        let (status, json) = gateway.ask("report/polling")
        #expect(status == 200)
        #expect(json.data?["reportId"] == .string(""))
        #expect(json.data?["report"] == .null)
        let (refused, other) = gateway.ask(.api("report/polling/RPT1", method: "DELETE"))
        #expect(refused == 403)
        #expect(other.code == "A802")
    }

    @Test(
        "History parameters are checked",
        arguments: [
            ("message/history", "A213"), ("message/history?requestTime=today", "A213"),
            ("message/history?requestTime=2026-01-12T00:00:00&limit=0", "A213"),
            ("message/history?requestTime=2026-01-12T00:00:00&limit=1001", "A213"),
            ("message/history?requestTime=2026-01-12T00:00:00&lastSeq=x", "A213"),
            ("message/history?requestTime=2026-01-12T00:00:00&serviceType=PIGEON", "A219"),
            ("message/history?requestTime=2026-01-12T00:00:00&serviceType=SMS,ALIMTALK&limit=1000", "A000"),
        ])
    func history(target: String, code: String) {
        let gateway = Front([delivered])
        #expect(gateway.ask(target).json.code == code)
    }

    @Test("A report's text can be called resultMsg, and service failures can come with 200")
    func variants() {
        var plan = delivered
        plan.channels[0].reportText = "done"
        let gateway = Front([plan]) {
            $0.reportTextField = "resultMsg"
            $0.serviceFailuresAs200 = true
        }
        let (_, json) = gateway.ask("report/inquiry/key000")
        #expect(json.values("report", "resultMsg") == ["done"])
        #expect(json.values("report", "reportText") == [nil])
        let (status, refused) = gateway.ask("report/polling")
        #expect(status == 200)
        #expect(refused.code == "A801")
    }

    @Test("Everything is counted by endpoint and status")
    func counting() {
        let gateway = Front([delivered])
        _ = gateway.ask("report/inquiry/key000", at: noon)
        _ = gateway.ask("report/polling", at: noon + 1)
        _ = gateway.ask("nowhere", at: noon + 2)
        _ = gateway.ask(ServerRequest("GET", "/_sim/stats"), at: noon + 3)
        #expect(gateway.statistics.requests == [.reportInquiry: [200: 1], .polling: [400: 1], .unknown: [404: 1]])
        #expect(gateway.statistics.total == 3)
        #expect(gateway.statistics.arrivals == [noon * 1000, noon * 1000 + 1000, noon * 1000 + 2000])
    }
}
