import HTTP
import Testing

@testable import BizgoSimulator

/// What is told of the whole account.
@Suite("The account")
struct AccountTests {
    private static let day: Int64 = 86_400_000
    private static let names = [
        "recvTotalCnt", "recvSuccCnt", "recvFailCnt", "reportTotalCnt", "reportSuccCnt", "reportFailCnt",
    ]

    /// Of each day: its date, and the counts in the order of the documentation.
    private func statistics(
        _ front: Front, _ query: String = "startDate=20260101&endDate=20260131", at time: Int64 = noon
    ) -> [String: [Int64?]] {
        let days = front.ask("message/statistics?" + query, at: time).json.data?["statistics"]?.array ?? []
        return Dictionary(
            uniqueKeysWithValues: days.map { day in
                (day["statDate"]?.string ?? "", Self.names.map { day[$0]?.integer })
            })
    }

    private func control(_ front: Front, _ path: String, _ body: String) -> Int {
        front.ask(ServerRequest("POST", "/_sim/" + path, body: Array(body.utf8))).status
    }

    // MARK: Statistics

    @Test("A day counts what was accepted on it in Korea, and what is reported by now")
    func days() {
        let midnight = KoreanTime.startOfDay(noon)
        let front = Front([
            .message("a000", .alimtalk("10000"), at: midnight), .message("b000", .alimtalk("64016"), at: noon),
            .message("c000", .alimtalk(nil), at: noon), .message("d000", .alimtalk("10000", at: noon + 1), at: noon),
            .message("e000", .alimtalk("10000"), at: midnight - 1),
        ])
        #expect(statistics(front) == ["20260111": [1, 1, 0, 1, 1, 0], "20260112": [4, 4, 0, 2, 1, 1]])
        #expect(statistics(front, at: noon + 1)["20260112"] == [4, 4, 0, 3, 2, 1])
        #expect(statistics(front, "startDate=20260111") == ["20260111": [1, 1, 0, 1, 1, 0]])
        #expect(statistics(front, "startDate=20260110").isEmpty)
    }

    @Test("A fallback is one message, or each of its channels")
    func fallback() {
        let front = Front([
            .message("a000", .alimtalk("64016"), .sms("10000")), .message("b000", .alimtalk("64016"), .sms("23001")),
            .message("c000", .alimtalk("64016"), .sms(nil)),
        ])
        #expect(statistics(front)["20260112"] == [3, 3, 0, 2, 1, 1])
        #expect(statistics(front, "startDate=20260112&serviceType=SMS").isEmpty, "none began with it")
        #expect(statistics(front, "startDate=20260112&serviceType=ALIMTALK")["20260112"] == [3, 3, 0, 2, 1, 1])
        #expect(control(front, "settings", #"{"statistics_count":"channels"}"#) == 200)
        #expect(statistics(front)["20260112"] == [6, 6, 0, 5, 1, 4])
        #expect(statistics(front, "startDate=20260112&serviceType=SMS")["20260112"] == [3, 3, 0, 2, 1, 1])
    }

    @Test("Who was not accepted is counted as that")
    func refused() {
        let front = Front { $0.outcomes = .always(.delivered) }
        let recipients = ["01000000001", "nobody", "01000000002"].map { SendRequest.Recipient(to: $0) }
        _ = front.gateway.model.send(SendRequest(recipients: recipients, flow: [.sms], groupKey: "g"), now: noon)
        #expect(statistics(front)["20260112"] == [3, 2, 1, 2, 2, 0])
        #expect(statistics(front, "startDate=20260112&groupKey=other").isEmpty)
        #expect(statistics(front, "startDate=20260112&serviceType=ALIMTALK").isEmpty)
        #expect(statistics(front, "startDate=20260112&serviceType=SMS&groupKey=g")["20260112"] == [3, 2, 1, 2, 2, 0])
    }

    @Test("Statistics can be behind")
    func behind() {
        let front = Front([.message("a000", .alimtalk("10000", at: noon + 5000), at: noon)])
        #expect(control(front, "settings", #"{"statistics_delay_ms":60000}"#) == 200)
        #expect(statistics(front, at: noon + 59_999).isEmpty)
        #expect(statistics(front, at: noon + 60_000)["20260112"] == [1, 1, 0, 0, 0, 0])
        #expect(statistics(front, at: noon + 65_000)["20260112"] == [1, 1, 0, 1, 1, 0])
    }

    @Test(
        "A wrong question is refused",
        arguments: [
            ("", "A213"), ("startDate=2026-01-12", "A213"), ("startDate=20261312", "A213"),
            ("startDate=20260112&endDate=20260111", "A213"), ("startDate=20260112&endDate=x", "A213"),
            ("startDate=20260112&serviceType=PIGEON", "A219"), ("startDate=20260112&serviceType=SMS,MMS", "A219"),
        ])
    func wrongQuestion(query: String, code: String) {
        let (status, json) = Front().ask("message/statistics?" + query)
        #expect(status == 400)
        #expect(json.code == code)
    }

    // MARK: Senders

    @Test("A sender is as it was set")
    func sender() {
        let front = Front()
        #expect(control(front, "sender", #"{"senderKey":"k1"}"#) == 200)
        let body = #"{"senderKey":"k2","block":true,"dormant":true,"status":"S","profileStatus":"C","name":"가게"}"#
        #expect(control(front, "sender", body) == 200)
        func profile(_ key: String) -> JSONValue? {
            front.ask("center/kakao/sender?senderKey=" + key).json.data?["kakao"]?["senderProfile"]
        }
        #expect(profile("k1")?["status"]?.string == "A")
        #expect(profile("k1")?["block"]?.bool == false)
        #expect(profile("k1")?["profileSpamLevel"]?.string == "정상")
        #expect(profile("k2")?["senderKey"]?.string == "k2")
        #expect(profile("k2")?["block"]?.bool == true)
        #expect(profile("k2")?["dormant"]?.bool == true)
        #expect(profile("k2")?["profileStatus"]?.string == "C")
        #expect(profile("k2")?["name"]?.string == "가게")
        #expect(control(front, "sender", #"{"senderKey":"k2"}"#) == 200)
        #expect(profile("k2")?["block"]?.bool == false)
        #expect(profile("k3") == nil)
        #expect(front.ask("center/kakao/sender").json.code == "A502")
        #expect(front.ask("center/kakao/sender?senderKey=").json.code == "A502")
    }

    @Test(
        "A wrong sender is refused, and nothing is set",
        arguments: [
            "[]", "{}", #"{"senderKey":""}"#, #"{"senderKey":"k","block":"yes"}"#, #"{"senderKey":"k","colour":"red"}"#,
            #"{"senderKey":"k","profileStatus":"Z"}"#, #"{"senderKey":"k","sanction":{"reasonType":"BZM"}}"#,
        ])
    func wrongSender(body: String) {
        let front = Front()
        #expect(control(front, "sender", body) == 400)
        #expect(front.gateway.model.senders.isEmpty)
    }

    @Test("A sanction is told of from its day on, or on its day")
    func sanction() {
        let front = Front()
        let body = #"{"senderKey":"k","sanction":{"restrictedAt":"2026-01-12T00:00:01","reasonType":"CHANNEL"}}"#
        #expect(control(front, "sender", body) == 200)
        func sanction(_ date: String) -> JSONValue? {
            front.ask("center/kakao/abusing/block/sender?senderKey=k&date=" + date).json.data?["kakao"]?["abusing"]
        }
        #expect(sanction("20260111") == nil)
        #expect(sanction("20260112")?["restrictedAt"]?.string == "2026-01-12 00:00:01")
        #expect(sanction("20260112")?["reasonType"]?.string == "CHANNEL")
        #expect(sanction("20260113") != nil)
        #expect(control(front, "settings", #"{"sanction_date":"applied"}"#) == 200)
        #expect(sanction("20260112") != nil)
        #expect(sanction("20260113") == nil)
        #expect(front.ask("center/kakao/abusing/block/sender?senderKey=k").json.code == "A213")
        #expect(front.ask("center/kakao/abusing/block/sender?date=20260112").json.code == "A502")
    }

    // MARK: All of them

    @Test("Where there is nothing it is said as configured", arguments: SimulatorConfiguration.EmptyAnswer.allCases)
    func nothing(empty: SimulatorConfiguration.EmptyAnswer) {
        let front = Front { $0.emptyAnswer = empty }
        let questions = [
            "message/statistics?startDate=20260112", "center/kakao/sender?senderKey=k",
            "center/kakao/abusing/block/sender?senderKey=k&date=20260112",
        ]
        for (question, list) in zip(questions, ["statistics", "kakao", "kakao"]) {
            let json = front.ask(question).json
            #expect(json.code == (empty == .a820 ? "A820" : "A000"))
            switch empty {
            case .list: #expect(json.data?[list] == (list == "kakao" ? .object([:]) : .array([])))
            case .null: #expect(json.data?[list] == .null)
            case .absentList: #expect(json.data == .object([:]))
            case .nullData: #expect(json.data == .null)
            case .absentData, .a820: #expect(json.data == nil)
            }
        }
    }

    @Test("The questions are of one generation, want the key, and count as requests")
    func requests() {
        let front = Front {
            $0.requestsPerSecond = 1; $0.burst = 3
        }
        let path = "message/statistics?startDate=20260112"
        #expect(front.ask(ServerRequest("GET", "/api/comm/v1/" + path)).status == 401)
        #expect(front.ask(.api(path, method: "POST")).status == 405)
        #expect(front.ask(path).status == 200)
        #expect(front.ask("center/kakao/sender?senderKey=k").status == 200)
        #expect(front.ask("center/kakao/abusing/block/sender?senderKey=k&date=20260112").status == 200)
        #expect(front.ask(path).json.code == "A020")
        #expect(front.gateway.statistics.requests[.statistics]?[200] == 1)
        #expect(front.gateway.statistics.requests[.senderProfile]?[200] == 1)
        #expect(front.gateway.statistics.requests[.senderSanction]?[200] == 1)
        let omni = front.ask(ServerRequest("GET", "/v1/" + path, authorization: "sim-key"))
        #expect(omni.status == 404)
    }

    // MARK: Suspended

    @Test("Whatever is accepted once the account is suspended is reported as that, however it came in")
    func suspended() {
        let front = Front { $0.outcomes = .always(.delivered) }
        let since = noon + 1000
        #expect(control(front, "account", #"{"suspended":true,"since":\#(since)}"#) == 200)
        let one = SendRequest(recipients: [.init(to: "01000000001")], flow: [.alimtalk])
        _ = front.gateway.model.send(one, now: since - 1)
        _ = front.gateway.model.send(one, now: since)
        let messages =
            #"[{"msgKey":"l000","acceptedAt":\#(since)},{"msgKey":"m000","acceptedAt":\#(noon)},"#
            + #"{"msgKey":"n000","acceptedAt":\#(since),"outcome":"failed"}]"#
        #expect(control(front, "messages", messages) == 200)
        let series = #"{"sends":4,"recipients":1,"from":\#(noon),"until":\#(noon + 2000),"outcomes":["delivered"]}"#
        #expect(control(front, "generate", series) == 200)
        #expect(
            front.gateway.model.plans.map(\.outcome) == [
                .delivered, .suspended, .suspended, .delivered, .failed, .delivered, .delivered, .suspended, .suspended,
            ])
        #expect(statistics(front, at: since + Self.day)["20260112"] == [9, 9, 0, 9, 4, 5])
        #expect(front.gateway.model.plans[1].channels.map(\.reportCode) == ["64008"])
    }
}
