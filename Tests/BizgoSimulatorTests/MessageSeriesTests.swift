import HTTP
import Testing

@testable import BizgoSimulator

@Suite("Generated messages")
struct MessageSeriesTests {
    private func generate(_ gateway: Front, _ body: String) -> (status: Int, json: JSONValue) {
        gateway.ask(ServerRequest("POST", "/_sim/generate", body: Array(body.utf8)))
    }

    @Test("Keys, times and outcomes follow the formulas a script can compute")
    func formulas() throws {
        let gateway = Front()
        let body = """
            {"sends":4,"recipients":3,"from":\(noon - 1001),"until":\(noon),"prefix":"P",
             "outcomes":["delivered","failed","fallback_delivered","in_flight","fallback_failed"],"flow":["rcs","mms"]}
            """
        let (status, json) = generate(gateway, body)
        #expect(status == 200)
        #expect(json["loaded"]?.integer == 12)
        let plans = gateway.model.plans
        #expect(plans.map(\.msgKey).prefix(4) == ["P000000000000", "P000000000001", "P000000000002", "P000000001000"])
        #expect(plans.map { noon - $0.acceptedAt }.prefix(4) == [1001, 1001, 1001, 751])
        #expect(plans.last?.msgKey == "P000000003002")
        #expect(plans.last.map { noon - $0.acceptedAt } == 251)
        let outcomes: [PlannedOutcome] = [.delivered, .failed, .fallbackDelivered, .inFlight, .fallbackFailed]
        #expect(plans.indices.allSatisfy { plans[$0].outcome == outcomes[$0 % 5] })
        let failed = try #require(gateway.model.plan("P000000000001"))
        #expect(failed.channels.map(\.reportCode) == [gateway.configuration.failureCodes.first])
        let (_, rows) = gateway.ask("message/inquiry/requestId/P000000000")
        #expect(rows.values("messages", "serviceType") == ["RCS", "RCS", "RCS", "MMS"])
        #expect(rows.values("messages", "reportCode") == ["10000", "64016", "64016", "10000"])
        #expect(gateway.ask("report/inquiry/P000000001000").json.values("report", "reportCode") == [])
    }

    @Test("Without outcomes, seventeen of twenty are delivered and two fall back; again the same")
    func mixed() {
        let gateway = Front()
        let body = #"{"sends":10,"recipients":20,"from":\#(noon - 5000),"until":\#(noon)}"#
        #expect(generate(gateway, body).status == 200)
        let plans = gateway.model.plans
        #expect(plans.count { $0.outcome == .delivered } == 170)
        #expect(plans.map(\.channels.count).reduce(0, +) == 220)
        #expect(generate(gateway, body).status == 200)
        #expect(gateway.model.plans == plans)
        #expect(Set(plans.map(\.msgKey)).count == 200)
    }

    @Test(
        "A wrong description is named, and nothing is generated",
        arguments: [
            ("[]", "object"), (#"{"recipients":1,"from":0,"until":1}"#, "sends"),
            (#"{"sends":1,"recipients":1000,"from":0,"until":1}"#, "recipients"),
            (#"{"sends":1,"recipients":0,"from":0,"until":1}"#, "recipients"),
            (#"{"sends":100000,"recipients":101,"from":0,"until":1}"#, "at most"),
            (#"{"sends":1,"recipients":1,"from":2,"until":1}"#, "until"),
            (#"{"sends":1,"recipients":1,"from":"soon","until":1}"#, "from"),
            (#"{"sends":1,"recipients":1,"from":0,"until":1,"outcomes":["eaten"]}"#, "outcome"),
            (#"{"sends":1,"recipients":1,"from":0,"until":1,"outcomes":[]}"#, "outcome"),
            (#"{"sends":1,"recipients":1,"from":0,"until":1,"flow":["pigeon"]}"#, "flow"),
        ])
    func wrong(body: String, reason: String) {
        let gateway = Front()
        let (status, json) = generate(gateway, body)
        #expect(status == 400)
        #expect(json["error"]?.string?.contains(reason) == true)
        #expect(gateway.model.plans.isEmpty)
    }
}
