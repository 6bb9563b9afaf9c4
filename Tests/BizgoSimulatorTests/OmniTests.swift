import HTTP
import Testing

@testable import BizgoSimulator

@Suite("Generation omni")
struct OmniTests {
    private let delivered: MessagePlan = .message("key000", .alimtalk("10000"))

    private func tokenRequest(id: String? = "sim-client", password: String? = "sim-password") -> ServerRequest {
        var request = ServerRequest("POST", "/v1/auth/token")
        request["x-ib-client-id"] = id
        request["x-ib-client-passwd"] = password
        return request
    }

    private func inquiry(_ token: String?, _ target: String = "report/inquiry/key000") -> ServerRequest {
        ServerRequest("GET", "/v1/" + target, authorization: token.map { "Bearer " + $0 })
    }

    private func token(of front: Front, at time: Int64 = noon) throws -> String {
        try #require(front.ask(tokenRequest(), at: time).json["data"]?["token"]?.string)
    }

    @Test("A token lets in; answers are flat")
    func token() throws {
        let front = Front([delivered])
        let (status, json) = front.ask(tokenRequest())
        #expect(status == 200)
        #expect(json["code"]?.string == "A000")
        #expect(json["common"] == nil)
        #expect(json["data"]?["schema"]?.string == "Bearer")
        let token = try #require(json["data"]?["token"]?.string)
        let (answered, report) = front.ask(inquiry(token))
        #expect(answered == 200)
        #expect(report["code"]?.string == "A000")
        #expect(report["data"]?["report"]?.array?.first?["reportCode"]?.string == "10000")
        #expect(front.statistics.count(.token) == 1)
    }

    @Test(
        "Without the client's id and password there is none",
        arguments: [
            (nil, nil), ("sim-client", nil), (nil, "sim-password"), ("sim-client", "sim-passwor"), ("", ""),
        ])
    func credentials(id: String?, password: String?) {
        let front = Front()
        let (status, json) = front.ask(tokenRequest(id: id, password: password))
        #expect(status == 401)
        #expect(json["code"]?.string == "A100")
        #expect(json["data"] == nil)
        #expect(front.statistics.refusedKeys == 1)
    }

    @Test("Only a token as it was issued lets in", arguments: [nil, "", "sim-key", "x", "Bearer ", "Bearer x"])
    func refused(authorization: String?) {
        let front = Front([delivered])
        let request = ServerRequest("GET", "/v1/report/inquiry/key000", authorization: authorization)
        let (status, json) = front.ask(request)
        #expect(status == 401)
        #expect(json["code"]?.string == "A001")
        #expect(front.statistics.refusedKeys == 1)
    }

    @Test("A token is taken until it expires, and no longer when all are revoked")
    func ends() throws {
        let front = Front([delivered]) { $0.client.tokenLifetimeMilliseconds = 1000 }
        let first = try token(of: front)
        #expect(front.ask(inquiry(first), at: noon + 999).status == 200)
        #expect(front.ask(inquiry(first), at: noon + 1000).status == 401)
        let second = try token(of: front, at: noon + 1000)
        #expect(second != first)
        #expect(front.ask(inquiry(second), at: noon + 1001).status == 200)
        #expect(front.ask(ServerRequest("POST", "/_sim/revoke-tokens"), at: noon + 1001).status == 200)
        #expect(front.ask(inquiry(second), at: noon + 1002).status == 401)
    }

    @Test(
        "The expiry is written as configured",
        arguments: [
            (.iso8601, .string("2026-01-12T12:00:00+09:00")),
            (.compact, .string("20260112120000")), (.garbage, .string("tomorrow")), (.missing, nil),
        ] as [(ClientConfiguration.Expiry, JSONValue?)])
    func expiry(form: ClientConfiguration.Expiry, expected: JSONValue?) {
        let front = Front {
            $0.client.expiry = form
            $0.client.tokenLifetimeMilliseconds = 3_600_000
        }
        #expect(front.ask(tokenRequest()).json["data"]?["expired"] == expected)
    }

    @Test("An expiry as a number is one")
    func numericExpiry() {
        let front = Front { $0.client.tokenLifetimeMilliseconds = 3_600_000 }
        front.gateway.configuration.client.expiry = .unix
        #expect(front.ask(tokenRequest()).json["data"]?["expired"]?.integer == (noon + 3_600_000) / 1000)
        front.gateway.configuration.client.expiry = .unixMilliseconds
        #expect(front.ask(tokenRequest()).json["data"]?["expired"]?.integer == noon + 3_600_000)
    }

    @Test("Tokens asked for too often get 429; a wrong password does not count")
    func limit() throws {
        let front = Front { $0.client.tokensPerMinute = 2 }
        for _ in 0..<5 { #expect(front.ask(tokenRequest(password: "no")).status == 401) }
        #expect([0, 0, 0].map { _ in front.ask(tokenRequest()).status } == [200, 200, 429])
        #expect(front.ask(tokenRequest()).json["code"]?.string == "A020")
        #expect(front.ask(tokenRequest(), at: noon + 30_000).status == 200)
        let last = try token(of: front, at: noon + 60_000)
        front.gateway.configuration.client.tokensPerMinute = 3
        #expect(front.ask(inquiry(last), at: noon + 60_000).status == 200, "a new limit revokes nothing")
    }

    @Test("A request for a token is a request like all others to the limit on these")
    func requestLimit() {
        let front = Front {
            $0.requestsPerSecond = 5
            $0.client.tokensPerMinute = 0
        }
        #expect((0..<6).map { _ in front.ask(tokenRequest()).status } == [200, 200, 200, 200, 200, 429])
    }

    @Test(
        "What omni does not have is not there",
        arguments: [
            "message/inquiry/msgKey/key000", "message/inquiry/requestId/key", "message/history", "send/omni", "auth",
        ])
    func missing(target: String) throws {
        let front = Front([delivered])
        let (status, json) = front.ask(inquiry(try token(of: front), target))
        #expect(status == 404)
        #expect(json["code"]?.string == "A404")
        #expect(front.ask(.api("auth/token", method: "POST")).status == 404, "comm has no tokens")
        #expect(front.ask(ServerRequest("GET", "/v1/auth/token")).status == 405)
    }

    @Test("Polling works as in comm")
    func polling() throws {
        let front = Front([.message("key000", .alimtalk("10000"), announced: true)]) { $0.reportMethod = .polling }
        let token = try token(of: front)
        let batch = front.ask(inquiry(token, "report/polling")).json["data"]
        let id = try #require(batch?["reportId"]?.string)
        #expect(batch?["report"]?.array?.count == 1)
        var request = inquiry(token, "report/polling/" + id)
        request.method = "DELETE"
        #expect(front.ask(request).json["code"]?.string == "A000")
        let empty = front.ask(inquiry(token, "report/polling")).json["data"]
        #expect(empty?["reportId"]?.string == "")
        #expect(empty?["report"] == .null)
        front.gateway.configuration.reportMethod = .webhook
        #expect(front.ask(inquiry(token, "report/polling")).json["code"]?.string == "A801")
    }

    @Test("Faults befall tokens and flat answers")
    func faults() throws {
        let front = Front([delivered])
        var rule = FaultRule(.serviceCode, match: "token")
        rule.code = "A920"
        rule.status = 503
        front.gateway.setFaults([rule])
        let (status, json) = front.ask(tokenRequest())
        #expect(status == 503)
        #expect(json["code"]?.string == "A920")
        #expect(front.ask("report/inquiry/key000").status == 200)
        for kind in [FaultKind.oversize, .gzipBomb, .deepJSON, .wrongKey] {
            var rule = FaultRule(kind)
            rule.bytes = 100
            rule.depth = 3
            front.gateway.setFaults([rule])
            let reply = front.answer(inquiry("any"))
            #expect(reply.status == 200)
            if kind != .gzipBomb { #expect(reply.json["code"]?.string == "A000") }
            #expect(front.ask("report/inquiry/key000").json.code == "A000" || kind == .gzipBomb)
        }
    }

    @Test("The client and its tokens can be changed while running")
    func settings() {
        let front = Front()
        let body = """
            {"client_id":"c","client_password":"p","token_lifetime_ms":5000,"token_expired":"unix","token_rate":1}
            """
        #expect(front.ask(ServerRequest("POST", "/_sim/settings", body: Array(body.utf8))).status == 200)
        #expect(front.ask(tokenRequest()).status == 401)
        #expect(front.ask(tokenRequest(id: "c", password: "p")).json["data"]?["expired"]?.integer == noon / 1000 + 5)
        #expect(front.ask(tokenRequest(id: "c", password: "p")).status == 429)
        let wrong = #"{"token_expired":"soon"}"#
        #expect(front.ask(ServerRequest("POST", "/_sim/settings", body: Array(wrong.utf8))).status == 400)
    }

    @Test("Id and password come from their headers, in any case")
    func headers() throws {
        let text =
            "POST /v1/auth/token HTTP/1.1\r\nHost: x\r\nX-IB-Client-Id: sim-client\r\nx-ib-client-passwd:  sim-password "
            + "\r\n\r\n"
        var parser = RequestParser()
        Array(text.utf8).withUnsafeBytes { parser.append($0) }
        let request = try #require(try parser.next())
        #expect(Front().ask(request).status == 200)
    }
}
