import Testing

@testable import BizgoSimulator

@Suite("Faults")
struct FaultTests {
    private func gateway(_ rules: FaultRule...) -> Front {
        let gateway = Front([.message("key000", .alimtalk("10000")), .message("key001", .alimtalk("10000"))])
        gateway.gateway.setFaults(rules)
        return gateway
    }

    private func reply(_ rule: FaultRule, _ target: String = "report/inquiry/key000") -> Reply {
        let gateway = gateway(rule)
        return gateway.answer(.api(target))
    }

    @Test("A rule applies as often as it says, after as many as it skips")
    func times() {
        var rule = FaultRule(.status, times: 2)
        rule.skip = 1
        rule.status = 503
        let gateway = gateway(rule)
        #expect((0..<5).map { _ in gateway.ask("report/inquiry/key000").status } == [200, 503, 503, 200, 200])
        #expect(gateway.statistics.faults == ["status": 2])
    }

    @Test(
        "A rule matches everything, an endpoint, a path prefix or a key",
        arguments: [
            ("*", [500, 500, 500]), ("report_inquiry", [500, 500, 200]), ("key000", [500, 200, 500]),
            ("/api/comm/v1/message", [200, 200, 500]), ("key", [200, 200, 200]), ("/api", [500, 500, 500]),
        ])
    func matching(match: String, expected: [Int]) {
        let gateway = gateway(FaultRule(.status, match: match))
        let targets = ["report/inquiry/key000", "report/inquiry/key001", "message/inquiry/msgKey/key000"]
        #expect(targets.map { gateway.ask($0).status } == expected)
    }

    @Test("The first rule that applies wins, and a share applies to some")
    func order() {
        var half = FaultRule(.status)
        half.share = 0.5
        half.status = 502
        var rest = FaultRule(.status)
        rest.status = 504
        let gateway = gateway(half, rest)
        let statuses = (0..<400).map { _ in gateway.ask("report/inquiry/key000").status }
        #expect(Set(statuses) == [502, 504])
        #expect((120...280).contains(statuses.count { $0 == 502 }))
    }

    @Test("A status carries the code of the layer asked for, and Retry-After as written")
    func statuses() {
        var rule = FaultRule(.status)
        rule.status = 429
        rule.code = "A020"
        rule.retryAfter = "soon"
        let limited = reply(rule)
        #expect(limited.status == 429)
        #expect(limited.json.code == "A020")
        #expect(limited.header("Retry-After") == "soon")
        rule.isGatewayLayer = true
        #expect(reply(rule).json.authCode == "A020")
        #expect(reply(rule).json["data"] == nil)
        #expect(reply(FaultRule(.status)).json.authCode == "A500")
        #expect(reply(FaultRule(.authMissingData)).status == 401)
        var code = FaultRule(.serviceCode)
        code.code = "A110"
        #expect(reply(code).status == 200)
        #expect(reply(code).json.code == "A110")
    }

    @Test("A delayed answer is right; so is a slow one; a cut one promises more than it gives")
    func spoiled() {
        let delayed = reply(FaultRule(.delay))
        #expect(delayed.delayMilliseconds == 1000)
        #expect(delayed.json.values("report", "reportCode") == ["10000"])
        let slow = reply(FaultRule(.slow))
        #expect(slow.drip == .init(bytes: 1, everyMilliseconds: 100))
        #expect(slow.status == 200)
        let cut = reply(FaultRule(.truncate))
        let body = WebhookMessage.body(of: cut.bytes) ?? []
        #expect(cut.ending == .close)
        #expect(cut.json == .null)
        #expect(body.count > 0)
        #expect(body.count < Int(cut.header("Content-Length") ?? "") ?? 0)
    }

    @Test("A spoiled send was carried out; a refused one was not")
    func sends() {
        let body = #"{"destinations":[{"to":"01000000001"}],"messageFlow":[{"sms":{}}]}"#
        for (kind, count) in [(FaultKind.truncate, 3), (.reset, 2), (.delay, 3)] {
            let gateway = gateway(FaultRule(kind))
            _ = gateway.answer(.api("send/omni", method: "POST", body: body))
            #expect(gateway.model.plans.count == count)
        }
    }

    @Test("Broken connections, garbage, redirects, empty and foreign answers are what they say")
    func shapes() {
        #expect(reply(FaultRule(.reset)).ending == .reset)
        #expect(reply(FaultRule(.close)).bytes.isEmpty)
        #expect(reply(FaultRule(.garbage)).status == 200)
        #expect(reply(FaultRule(.garbage)).json == .null)
        var raw = FaultRule(.garbage)
        raw.raw = true
        #expect(!reply(raw).text.hasPrefix("HTTP"))
        #expect(reply(FaultRule(.redirect)).status == 302)
        #expect(reply(FaultRule(.redirect)).header("Location") == "/_sim/redirected")
        #expect(reply(FaultRule(.emptyBody)).header("Content-Length") == "0")
        let other = reply(FaultRule(.wrongKey))
        #expect(other.json.code == "A000")
        #expect(other.json.values("report", "msgKey") != ["key000"])
        #expect(other.json.values("report", "reportCode") == ["10000"])
        var deep = FaultRule(.deepJSON)
        deep.depth = 3
        #expect(reply(deep).json.data?["padding"] == .array([.array([.array([])])]))
    }

    @Test("An oversize answer is valid JSON of the size asked for")
    func oversize() {
        var rule = FaultRule(.oversize)
        rule.bytes = 1000
        #expect(reply(rule).json.data?["padding"]?.string == String(repeating: "A", count: 1000))
        #expect(reply(FaultRule(.oversize)).bytes.count > 20 * 1024 * 1024)
    }

    @Test("A gzip bomb is small, and its checksum and length are those of what comes out")
    func gzip() {
        let bomb = Array(WebhookMessage.body(of: reply(FaultRule(.gzipBomb)).bytes) ?? [])
        #expect(reply(FaultRule(.gzipBomb)).header("Content-Encoding") == "gzip")
        #expect(bomb.count < 200_000)
        #expect(bomb.prefix(2) == [0x1F, 0x8B])
        let tail = bomb.suffix(8).map { UInt32($0) }
        let plain = Array("prefix".utf8) + Array(repeating: UInt8(ascii: "x"), count: 700) + Array("suffix".utf8)
        let small = Gzip.run(
            of: UInt8(ascii: "x"), count: 700, between: Array("prefix".utf8), and: Array("suffix".utf8))
        let checksum = small.suffix(8).prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        #expect(checksum == CRC32.of(plain).value)
        #expect((tail[4] | tail[5] << 8 | tail[6] << 16 | tail[7] << 24) > 20 * 1024 * 1024)
    }

    @Test("Checksums agree with the known one and can be joined")
    func checksums() {
        #expect(CRC32.of(Array("123456789".utf8)).value == 0xCBF4_3926)
        let joined = CRC32.of(Array("1234".utf8)).appending(CRC32.of(Array("56789".utf8)))
        #expect(joined == CRC32(value: 0xCBF4_3926, length: 9))
        #expect(CRC32.run(of: 65, count: 1000) == CRC32.of(Array(repeating: 65, count: 1000)))
        #expect(CRC32.run(of: 65, count: 0).value == 0)
    }
}
